"""What a place holds, in figures."""

from __future__ import annotations

from typing import Any

from explorer.app.places import Place
from explorer.i18n import _, decimal


def place_words(lat: float, lon: float, digits: int) -> tuple[str, str]:
    """Latitude and longitude as people write them: 33.87° S, 151.21° E. [degrees]"""
    north, east = _("N") if lat >= 0 else _("S"), _("E") if lon >= 0 else _("W")
    return f"{decimal(abs(lat), f'.{digits}f')}° {north}", f"{decimal(abs(lon), f'.{digits}f')}° {east}"


def place_facts(place: Place) -> dict[str, Any]:
    """Plain values for people and programs."""
    scene = place.scenario.scene
    lon, lat = place.frame.lonlat
    lo, hi = place.frame.to_map(list(place.bounds()))
    return {
        "title": scene.title,
        "crs": place.frame.crs.identifier,
        "heights": place.frame.transform.heights.name,
        "origin": list(place.frame.origin),
        "longitude": round(lon, 6),
        "latitude": round(lat, 6),
        "time_zone": scene.time_zone,
        "bounds": [round(float(v), 2) for v in (*lo, *hi)],
        "layers": [
            {
                "name": layer.layer.name,
                "location": layer.location,
                "tiles": len(layer.tileset),
                "levels": int(layer.tileset.level.max()) + 1,
                "geometric_error": float(layer.tileset.geometric_error[0]),
                "features": len(layer.index) if layer.index is not None else None,
                "diagnostics": list(layer.tileset.diagnostics),
            }
            for layer in place.layers
        ],
        "imagery": [
            {
                "name": layer.name,
                "location": layer.url,
                "crs": one.source.grid.crs if one is not None else None,
                "levels": len(one.source.grid.levels) if one is not None else None,
                "attribution": layer.attribution,
                "opacity": layer.opacity,
                "visible": layer.is_visible,
            }
            for layer, one in place.imagery_layers()
        ],
        "variants": [
            {"name": variant.name, "proposals": len(place.scenario.proposals(variant.id))}
            for variant in place.scenario.variants
        ],
        "viewpoints": [viewpoint.name for viewpoint in place.scenario.viewpoints],
        "warnings": [*place.warnings, *place.details],
    }


def facts_lines(facts: dict[str, Any]) -> list[str]:
    """The facts for people."""
    latitude, longitude = place_words(facts["latitude"], facts["longitude"], 5)
    lines = [
        facts["title"] or _("Untitled"),
        _("Coordinates: {crs}, heights by {heights}").format(crs=facts["crs"], heights=facts["heights"]),
        _("Place: {latitude}, {longitude}, time zone {zone}").format(
            latitude=latitude, longitude=longitude, zone=facts["time_zone"]
        ),
        _("Extent: {bounds}").format(bounds=" ".join(f"{value:.1f}" for value in facts["bounds"])),
    ]
    for layer in facts["layers"]:
        text = _("Layer “{name}”: {tiles} tiles in {levels} levels, {features} features")
        features = "?" if layer["features"] is None else layer["features"]
        lines.append(text.format(name=layer["name"], tiles=layer["tiles"], levels=layer["levels"], features=features))
        lines.extend(f"  {sentence}" for sentence in layer["diagnostics"][:5])
    for layer in facts["imagery"]:
        text = _("Imagery “{name}”: {crs}, {levels} levels")
        words = {name: "?" if layer[name] is None else layer[name] for name in ("crs", "levels")}
        lines.append(text.format(name=layer["name"], **words))
        if layer["attribution"]:
            lines.append(f"  {layer['attribution']}")
    for variant in facts["variants"]:
        text = _("Variant “{name}”: {count} proposals")
        lines.append(text.format(name=variant["name"], count=variant["proposals"]))
    return lines
