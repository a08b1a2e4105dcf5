"""Proposing in the window: drawing a footprint, dropping a block, changing, moving, copying, deleting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from explorer.app.places import footprint_on_map
from explorer.errors import ExplorerError
from explorer.i18n import _
from explorer.scenario import (
    AddVariant,
    ChangeProposal,
    CopyProposal,
    DeleteProposal,
    MoveProposal,
    PlaceProposal,
    Proposal,
    new_id,
)

if TYPE_CHECKING:
    from explorer.app.application import Application

_BLOCK = ((-10.0, -6.0), (10.0, -6.0), (10.0, 6.0), (-10.0, 6.0))
_CORAL = (239, 127, 98, 255)
_MIN_SHARE = 0.2
"""A building that the footprint covers by less than this stays. [-]"""


class ProposeTool:
    """What is being drawn or dragged. Only the end of a gesture is a command."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._corners: list[tuple[float, float, float]] = []
        self._dragged: Proposal | None = None

    # -- drawing ------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Give up what is being drawn."""
        self._corners.clear()
        self._app.view.drawing = 0
        self._app.renderer.lines.clear("drawing")
        self._app.view.tool = "select"

    def click(self, world: tuple[float, float, float]) -> None:
        """A click on the ground with a drawing tool in hand."""
        if self._app.view.tool == "block":
            ring = [(world[0] + x, world[1] + y) for x, y in _BLOCK]
            self._place(ring, self._ground_around(ring, world[2]))
        elif self._app.view.tool == "draw":
            self._corners.append(world)
            self._app.view.drawing = len(self._corners)
            self._show_drawing()

    def hover(self, world: tuple[float, float, float]) -> None:
        """Show the line to the pointer."""
        if self._corners:
            self._show_drawing(world)

    def take_back(self) -> None:
        """Take the last corner back."""
        if self._corners:
            self._corners.pop()
            self._app.view.drawing = len(self._corners)
            self._show_drawing()

    def finish(self) -> None:
        """Close the outline and place the building."""
        if self._app.view.tool == "draw" and len(self._corners) >= 3:
            ring = [corner[:2] for corner in self._corners]
            self._place(ring, self._ground_around(ring, min(corner[2] for corner in self._corners)))

    def _show_drawing(self, pointer: tuple[float, float, float] | None = None) -> None:
        points = [*self._corners, *([pointer] if pointer is not None else [])]
        if len(points) >= 3:
            points.append(points[0])
        lifted = np.array(points) + np.array([0.0, 0.0, 0.15])
        self._app.renderer.lines.set_line("drawing", lifted, _CORAL, width=3.0)

    def _place(self, ring: list[tuple[float, float]], base: float) -> None:
        app = self._app
        if app.place is None or app.scenario is None:
            return
        if app.active_variant is None:
            if app.scenario.variants:
                from explorer.scenario import ChangeScene

                app.execute(ChangeScene({"active_variant": app.scenario.variants[0].id}))
            else:
                app.execute(AddVariant(_("Variant {number}").format(number=1)))
        variant_id = app.active_variant
        if variant_id is None:
            return
        points = np.array(ring)
        centre = points.mean(axis=0)
        e, n, h = (float(v) for v in app.place.frame.to_map(np.array([[*centre, base]]))[0])
        count = len(app.scenario.proposals(variant_id)) + 1
        proposal = Proposal(
            id=new_id("proposal"),
            variant_id=variant_id,
            name=_("Building {number}").format(number=count),
            easting=round(e, 3),
            northing=round(n, 3),
            base_height=round(h, 3),
            footprint=tuple((round(float(x), 3), round(float(y), 3)) for x, y in points - centre),
            storeys=4,
        )
        proposal = replace(proposal, hidden_features=self.replaced_by(proposal))
        try:
            app.document.execute(PlaceProposal(proposal))
        except ExplorerError as error:
            app.report(error)
            return
        self.reset()
        app.select_proposal(proposal.id)

    # -- changing -----------------------------------------------------------------------------------------------------

    def replaced_by(self, proposal: Proposal) -> tuple[str, ...]:
        """Ids of the buildings whose plan the footprint covers by a fifth or more, by the search index's boxes and
        the surface's own triangles."""
        app = self._app
        if app.place is None or app.base_surface is None:
            return ()
        outline = shapely.Polygon(footprint_on_map(proposal)).buffer(0)
        e0, n0, e1, n1 = outline.bounds
        ids: set[str] = set()
        for layer in app.place.layers:
            if layer.index is None:
                continue
            for hit in layer.index.within((e0, n0, e1, n1)):
                if hit.kind.startswith("Building") and hit.bounds is not None:
                    plan = self._plan_of(hit.id, hit.bounds)
                    if plan is not None and plan.area > 0.0:
                        share = plan.intersection(outline).area / plan.area
                        if share >= _MIN_SHARE or outline.contains(plan.representative_point()):
                            ids.add(hit.parent or hit.id)
        return tuple(sorted(ids))

    def _plan_of(self, feature_id: str, bounds: tuple[float, ...]) -> Any | None:
        """A building's plan from its own finest triangles, in map coordinates."""
        app = self._app
        assert app.place is not None and app.base_surface is not None
        x, y, _z = app.place.frame.origin
        area = (bounds[0] - x, bounds[1] - y, bounds[3] - x, bounds[4] - y)
        soup = app.base_surface.triangles(area)
        own = _own_triangles(soup, feature_id)
        if len(own) == 0:
            return shapely.box(bounds[0], bounds[1], bounds[3], bounds[4])
        flat = own[:, :, :2] + np.array([x, y])
        polygons = shapely.polygons(flat)
        return shapely.union_all(shapely.set_precision(polygons[shapely.area(polygons) > 1e-4], 1e-3))

    def change(self, proposal_id: str, values: dict[str, Any]) -> None:
        """Set parameters; what it replaces follows where it stands or turns."""
        app = self._app
        if app.scenario is None:
            return
        known = app.scenario.proposal(proposal_id)
        if values.keys() & {"easting", "northing", "rotation_deg"}:
            moved = replace(known, **values)
            values = {**values, "hidden_features": self.replaced_by(moved)}
        app.execute(ChangeProposal(proposal_id, values))

    def copy_selected(self) -> None:
        """Copy the selected building beside itself."""
        app = self._app
        known = self._selected()
        if known is None:
            return
        ring = np.array(known.footprint)
        shift = float(np.ptp(ring[:, 0])) + 4.0
        copy = replace(known, id=new_id("proposal"), easting=known.easting + shift)
        app.execute(
            CopyProposal(known.id, copy.id, copy.easting, copy.northing, copy.base_height, self.replaced_by(copy))
        )
        app.select_proposal(copy.id)

    def delete_selected(self) -> None:
        """Delete the selected building."""
        known = self._selected()
        if known is not None:
            self._app.select_none()
            self._app.execute(DeleteProposal(known.id))

    def _selected(self) -> Proposal | None:
        app = self._app
        selected = app.view.selected
        if selected is None or selected.proposal_id is None or app.scenario is None:
            return None
        found = app.scenario.records.get(selected.proposal_id)
        return found if isinstance(found, Proposal) else None

    # -- the handles --------------------------------------------------------------------------------------------------

    def gizmo_matrices(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]] | None:
        """View, projection, and the building's place, column vectors, for a camera with Y up and -Z ahead."""
        app = self._app
        known = self._dragged or self._selected()
        if known is None or app.place is None or app.view.tool != "select":
            return None
        camera = app.rig.camera
        rows = np.stack([camera.right, camera.up, -camera.forward])
        view = np.eye(4)
        view[:3, :3] = rows
        # relative to the camera, so that float32 is enough
        tan_x, tan_y = camera.tan_half_fov
        near, far = 0.5, 20_000.0
        projection = np.zeros((4, 4))
        projection[0, 0], projection[1, 1] = 1.0 / tan_x, 1.0 / tan_y
        projection[2, 2], projection[2, 3] = -(far + near) / (far - near), -2.0 * far * near / (far - near)
        projection[3, 2] = -1.0
        foot = app.place.frame.to_world(np.array([[known.easting, known.northing, known.base_height]]))[0]
        placed = np.eye(4)
        angle = np.radians(known.rotation_deg)
        placed[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        placed[:3, 3] = foot - np.asarray(camera.position)
        return view.astype(np.float32), projection.astype(np.float32), placed.astype(np.float32)

    def drag(self, matrix: NDArray[np.float32], is_over: bool) -> None:
        """The handles moved the building here; a preview until they are let go."""
        app = self._app
        start = self._selected()
        if start is None or app.place is None:
            self._dragged = None
            return
        world = np.asarray(matrix[:3, 3], dtype=np.float64) + np.asarray(app.rig.camera.position)
        e, n, _h = (float(v) for v in app.place.frame.to_map(world[None])[0])
        turn = float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))
        self._dragged = replace(start, easting=round(e, 2), northing=round(n, 2), rotation_deg=round(turn, 1))
        if not is_over:
            app.show_proposals((self._dragged,))
            return
        moved, self._dragged = self._dragged, None
        hidden = self.replaced_by(moved)
        if moved.rotation_deg != start.rotation_deg:
            values = {"rotation_deg": moved.rotation_deg, "easting": moved.easting, "northing": moved.northing}
            app.execute(ChangeProposal(start.id, {**values, "hidden_features": hidden}))
        else:
            base = self._ground_below(moved, start)
            app.execute(MoveProposal(start.id, moved.easting, moved.northing, base, hidden))
        app.show_proposals()

    def _ground_below(self, moved: Proposal, start: Proposal) -> float:
        """Height of the ground where the building now stands; that of before where it is not known. [m, map]"""
        app = self._app
        assert app.place is not None and app.base_surface is not None
        x, y, z = (float(v) for v in app.place.frame.to_world(
            np.array([[moved.easting, moved.northing, start.base_height]]))[0])  # fmt: skip
        del z
        shape = [(x + fx, y + fy) for fx, fy in moved.footprint]
        height = self._ground_around(shape, start.base_height - app.place.frame.origin[2])
        return round(height + app.place.frame.origin[2], 3)

    def _ground_around(self, ring: list[tuple[float, float]], otherwise: float) -> float:
        """Lowest ground at the corners of an outline in the world: walls then reach the ground everywhere. [m]"""
        base = self._app.base_surface
        assert base is not None
        points = np.array(ring)
        lo, hi = points.min(axis=0) - 1.0, points.max(axis=0) + 1.0
        rays = base.rays((float(lo[0]), float(lo[1]), float(hi[0]), float(hi[1])), 0.0)
        heights = rays.ground_height(points)
        known = heights[np.isfinite(heights)]
        return float(known.min()) if len(known) else otherwise


def _own_triangles(soup: Any, feature_id: str) -> NDArray[np.float64]:
    ids = np.asarray(soup.feature_ids)
    own: NDArray[np.float64] = np.asarray(soup.world)[ids == feature_id]
    return own
