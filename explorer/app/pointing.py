"""What is under the pointer and what is selected."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.app.indexed import building_at, with_parts
from explorer.geo import Camera
from explorer.layers.styling import Attributes
from explorer.render import Pick
from explorer.scenario import ScenarioChanged
from explorer.tileformat import FeatureTable
from explorer.ui import SearchHit
from explorer.ui.words import kind_words
from explorer.viewstate import Selected

if TYPE_CHECKING:
    from explorer.app.application import Application

_HOVER_SECS = 0.12
_FARTHEST = 20_000.0
"""Nobody points at land farther away than this. [m]"""
_MAX_HITS = 40
_ASKED_FOR = 200
"""Of each layer: a street may be in many pieces."""


class Pointing:
    """Asks the renderer and the feature index; writes into the view state."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._hover_at = 0.0
        self._seen_from: Camera | None = None
        """Where the camera was when the pointer was last told of: frames may take longer than a camera must rest."""
        self._layer_id = ""
        """Of the feature that is selected."""

    # -- under the pointer ---------------------------------------------------------------------------------------------

    def pick(self, x: float, y: float) -> Pick | None:
        """What is under a pixel; the land around the city, too, and where its data has no ground."""
        if self._app.place is None:
            return None
        return self._app.renderer.pick(x, y) or self._on_land(x, y)

    def _on_land(self, x: float, y: float) -> Pick | None:
        app = self._app
        origin, direction = app.rig.camera.ray(x, y)
        if app.tiles is None or direction[2] > -1e-3:
            return None
        along = (app.tiles.land.height - origin[2]) / direction[2]
        at = origin + direction * along
        if not 0.0 < along < _FARTHEST or app.sections.is_cut_away(at):
            return None
        return Pick((float(at[0]), float(at[1]), float(at[2])))

    def point_at(self, x: float, y: float) -> None:
        """The pointer is here: coordinates, hover, probe; at most a few times a second.

        Without a graphics card not while the camera moves: looking costs a quarter of a frame there.
        """
        app, now = self._app, time.monotonic()
        if app.place is None:
            return
        seen_from, self._seen_from = self._seen_from, app.rig.camera
        if app.engine.is_software and (app.rig.camera != seen_from or not app.renderer.stands):
            app.view.pointer_map = app.view.overlay.probe = None
            return
        if now - self._hover_at < _HOVER_SECS:
            return
        self._hover_at = now
        found = self.pick(x, y)
        if found is None:
            app.view.pointer_map = app.view.overlay.probe = None
            return
        e, n, h = (float(v) for v in app.place.frame.to_map(np.array([found.position]))[0])
        app.view.pointer_map = (e, n, h)
        app.desk.probe(e, n, h)

    # -- selected ------------------------------------------------------------------------------------------------------

    def select(self, found: Pick | None) -> None:
        """Select what was clicked."""
        feature_id = None if found is None else found.feature_id or self._building_at(found)
        if found is not None and found.proposal_id is not None:
            self.select_proposal(found.proposal_id)
        elif feature_id is not None:
            self.select_feature(feature_id, found)
        else:
            self.select_none()

    def _building_at(self, found: Pick) -> str | None:
        """The building that was clicked in a block of several, far away."""
        app = self._app
        if app.place is None or found.tile is None or found.proposal_id is not None:
            return None
        e, n, h = (float(v) for v in app.place.frame.to_map(np.array([found.position]))[0])
        return building_at(app.place.layers, found.tile, e, n, h)

    def select_none(self) -> None:
        """Nothing is selected any more."""
        self._app.view.selected = None
        self.show()

    def select_proposal(self, proposal_id: str) -> None:
        """Select a proposed building."""
        self._app.view.selected = Selected(proposal_id=proposal_id, kind="proposal")
        self.show()

    def select_feature(self, feature_id: str, found: Pick | None = None) -> None:
        """Select a feature of the city by its id, loaded or not."""
        app = self._app
        attributes: dict[str, Any] = {}
        kind, bounds = "", None
        layer_id = found.tile[0] if found is not None and isinstance(found.tile, tuple) else ""
        for layer in app.place.layers if app.place is not None else []:
            hit = layer.index.get(feature_id) if layer.index is not None else None
            if hit is not None:
                attributes, kind, bounds = dict(hit.attributes), hit.kind, hit.bounds
                layer_id = layer.layer.id
                break
        if not kind and found is not None and found.tile is not None and found.feature_row is not None:
            attributes = app.renderer.features_of(found.tile).row(found.feature_row)
            kind = str(attributes.get("kind", ""))
        name = str(attributes.get("name") or attributes.get("address") or "")
        app.view.selected = Selected(feature_id, None, kind, name, tuple(attributes.items()), bounds=bounds)
        self._layer_id = str(layer_id)
        self.show_meta()
        self.show()

    def show_meta(self) -> None:
        """Say of the selected feature what its layer's style says in words."""
        app, selected = self._app, self._app.view.selected
        if selected is None or selected.feature_id is None:
            return
        style = app.styles.drawn.get(self._layer_id)
        columns = {"kind": [selected.kind], **{name: [value] for name, value in selected.attributes}}
        feature = FeatureTable((selected.feature_id,), columns)
        meta = () if style is None else style.meta_words(Attributes([feature]))
        app.view.selected = replace(selected, meta=meta)

    def scenario_changed(self, event: ScenarioChanged) -> None:
        """A building that is gone, or of another variant, is not selected any more."""
        selected = self._app.view.selected
        if selected is not None and selected.proposal_id is not None:
            found = event.after.records.get(selected.proposal_id)
            if found is None or getattr(found, "variant_id", None) != event.after.scene.active_variant:
                self._app.view.selected = None
        self.show()

    def show(self) -> None:
        """Outline what is selected."""
        app, selected = self._app, self._app.view.selected
        ids = frozenset([selected.feature_id]) if selected is not None and selected.feature_id else frozenset[str]()
        if app.place is not None and ids:
            ids = with_parts(app.place.layers, ids)
        if app.tiles is not None:
            app.tiles.set_selected(ids)
        app.renderer.set_highlight(ids)
        app.stage.show_proposals()

    # -- found by words ------------------------------------------------------------------------------------------------

    def search(self, text: str) -> list[SearchHit]:
        """Features of the whole data whose attributes hold these words: buildings first, each street once."""
        place = self._app.place
        found = [
            hit
            for layer in (place.layers if place is not None else ())
            if layer.index is not None
            for hit in layer.index.search(text, _ASKED_FOR)
        ]
        hits: dict[tuple[str, str], SearchHit] = {}
        for hit in sorted(found, key=lambda one: not one.kind.startswith("Building")):
            title = str(hit.attributes.get("address") or hit.attributes.get("name") or hit.id)
            matched = hit.attributes.get(hit.matched, "")
            detail = kind_words(hit.kind) + (f" · {hit.matched}: {matched}" if matched not in ("", title) else "")
            # data cuts a street into pieces of one name; buildings of one name are different ones
            own = hit.id if hit.kind.startswith("Building") else title
            hits.setdefault((hit.kind, own), SearchHit(hit.id, title, detail))
        return list(hits.values())[:_MAX_HITS]
