"""What a proposal changes: after minus before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.errors import SimulationError
from explorer.i18n import _
from explorer.overlays.request import content_key
from explorer.overlays.result import Legend, OverlayResult, nice_step


def difference(after: OverlayResult, before: OverlayResult) -> OverlayResult:
    """`after - before`, cell by cell; NaN where one of the two has no value (under a new building, say).

    The legend is symmetric about zero. Points on facades are matched by place and direction: walls that one of the
    two lacks get NaN.

    Raises
    ------
    SimulationError
        The two do not answer the same question (only the variant may differ).
    """
    _check_same(after, before)
    values = after.values - (before.values if after.facades is None else _matched(after, before))
    known = np.abs(values[np.isfinite(values)])
    largest = float(known.max()) if known.size else 0.0
    step = nice_step(largest / 4.0)
    reach = float(np.ceil(largest / step) * step) or 1.0
    # More sun is orange, less is blue; more shade is the other way round.
    is_shade = after.request.kind == "shadow"
    legend = Legend(
        _("Change in shade") if is_shade else _("Change in direct sun"),
        after.legend.unit if not is_shade else _("1 = newly in shade"),
        "diverging",
        -reach,
        reach,
        reversed=is_shade,
    )
    return OverlayResult(
        request=after.request,
        values=values.astype(np.float32),
        crs=after.crs,
        west=after.west,
        north=after.north,
        cell_size=after.cell_size,
        unit=after.unit,
        legend=legend,
        key=content_key("difference", after.key, before.key),
        provenance={
            **after.provenance,
            "difference": "after - before",
            "variant_before": before.request.variant_id,
            "surface_key_before": before.provenance.get("surface_key", ""),
        },
        heights=after.heights,
        facades=after.facades,
        is_difference=True,
    )


def _check_same(after: OverlayResult, before: OverlayResult) -> None:
    a, b = after.request.to_dict(), before.request.to_dict()
    names = [name for name in a if name != "variant_id" and a[name] != b.get(name)]
    if after.crs != before.crs:
        names.append("crs")
    if names or after.is_difference or before.is_difference:
        what = ", ".join(names) or _("one is a difference already")
        raise SimulationError(_("The two results cannot be compared: they differ in {what}.").format(what=what))


def _matched(after: OverlayResult, before: OverlayResult) -> NDArray[np.float32]:
    """The values of `before` in the order of the points of `after`; NaN where there is none."""
    assert after.facades is not None
    assert before.facades is not None

    def keys(result: OverlayResult) -> list[bytes]:
        assert result.facades is not None
        # Millimetres and hundredths of the unit normal.
        table = np.concatenate([result.facades.points * 1000.0, result.facades.normals * 100.0], axis=1)
        return [row.tobytes() for row in np.round(table).astype(np.int64)]

    known = dict(zip(keys(before), before.values.tolist(), strict=True))
    return np.array([known.get(key, np.nan) for key in keys(after)], dtype=np.float32)
