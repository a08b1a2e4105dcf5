"""Proposing in the window: drawing a footprint, dropping a block, changing, moving, copying, deleting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.app.drawing import Label, Outline, metres, number_of, rectangle, square_metres
from explorer.app.handling import nudged
from explorer.app.replacing import lowest_ground, replaced_by
from explorer.errors import ExplorerError
from explorer.i18n import _
from explorer.massing import courtyards
from explorer.scenario import (
    AddVariant,
    ChangeProposal,
    ChangeScene,
    CopyProposal,
    DeleteProposal,
    MoveProposal,
    PlaceProposal,
    Proposal,
    new_id,
)
from explorer.ui.keys import last_variant

if TYPE_CHECKING:
    from explorer.app.application import Application

_BLOCK = ((-10.0, -6.0), (10.0, -6.0), (10.0, 6.0), (-10.0, 6.0))
_CORAL = (239, 127, 98, 255)
_BLUE = (33, 89, 184, 255)
Point = tuple[float, float, float]


class ProposeTool:
    """What is being drawn. Only the end of a gesture is a command."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self.outline = Outline()

    # -- drawing ------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Give up what is being drawn."""
        self.outline.clear()
        self._app.view.drawing = 0
        self._app.renderer.lines.clear("drawing")
        self._app.view.tool = "select"
        self._app.status.refuse("")

    def click(self, world: Point) -> None:
        """A click on the ground with a drawing tool in hand."""
        tool = self._app.view.tool
        self._app.status.refuse("")
        if tool == "block":
            ring = [(world[0] + x, world[1] + y) for x, y in _BLOCK]
            self._place(ring, self._ground_around(ring, world[2]))
        elif tool in ("draw", "cut"):
            self._add_corner(self.outline.next_corner or world if self.outline.corners else world)
        elif tool == "area":
            self.outline.follow(world)
            self._add_corner(world)
            if len(self.outline.corners) == 2:
                self._take_area()

    def _add_corner(self, corner: Point) -> None:
        self.outline.add(corner)
        self._app.view.drawing = len(self.outline.corners)
        self._show_drawing()

    def hover(self, world: Point, *, is_square: bool = False) -> None:
        """Show the line to the pointer."""
        self.outline.follow(world, is_square=is_square)
        if self.outline.corners:
            self._show_drawing()

    def take_back(self) -> None:
        """Take back the last figure typed, or the last corner."""
        self.outline.take_back()
        self._app.status.refuse("")
        self._app.view.drawing = len(self.outline.corners)
        self._show_drawing()

    def type(self, character: str) -> bool:
        """A figure of the next edge's length was typed; False where nothing is drawn that could take it."""
        if self._app.view.tool not in ("draw", "cut") or not self.outline.corners:
            return False
        self.outline.typed += character
        self._show_drawing()
        return True

    def finish(self) -> None:
        """Take the length that is typed, or close the outline and place the building."""
        if self._app.view.tool not in ("draw", "cut"):
            return
        typed, following = number_of(self.outline.typed), self.outline.next_corner
        if typed is not None and following is not None:
            self._add_corner(following)
        elif len(self.outline.corners) >= 3:
            corners = self.outline.corners
            if self._app.view.tool == "cut":
                if self._app.sections.place_ring(corners):
                    self.reset()
                return
            ring = [corner[:2] for corner in corners]
            self._place(ring, self._ground_around(ring, min(corner[2] for corner in corners)))

    def labels(self) -> list[Label]:
        """Metres beside what is being drawn."""
        if self._app.view.tool != "area":
            return self.outline.labels()
        ring = rectangle(self.outline.points())
        if not ring:
            return []
        wide, deep = abs(ring[2][0] - ring[0][0]), abs(ring[2][1] - ring[0][1])
        middle = ((ring[0][0] + ring[2][0]) / 2.0, (ring[0][1] + ring[2][1]) / 2.0, ring[0][2])
        return [(middle, f"{metres(wide)} × {metres(deep)}   {square_metres(wide * deep)}", True)]

    def _show_drawing(self) -> None:
        is_area = self._app.view.tool == "area"
        points = rectangle(self.outline.points()) if is_area else self.outline.points()
        if len(points) >= 3:
            points = [*points, points[0]]
        lifted = np.array(points).reshape(-1, 3) + np.array([0.0, 0.0, 0.15])
        self._app.renderer.lines.set_line("drawing", lifted, _BLUE if is_area else _CORAL, width=3.0)

    # -- the area of a simulation --------------------------------------------------------------------------------------

    def _take_area(self) -> None:
        """The rectangle between two corners is where the next simulation looks."""
        app = self._app
        ring = rectangle(self.outline.corners)
        if app.place is None or not ring:
            return
        on_map = app.place.frame.to_map(np.array(ring))
        low, high = on_map[:, :2].min(axis=0), on_map[:, :2].max(axis=0)
        if float((high - low).min()) < 1.0:  # a double click is no rectangle
            self.outline.corners.pop()
            return
        self.reset()
        o = app.view.overlay
        o.area, o.rectangle = "drawn", (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        lifted = np.array([*ring, ring[0]]) + np.array([0.0, 0.0, 0.3])
        app.renderer.lines.set_line("area", lifted, _BLUE, width=3.0)

    def clear_area(self) -> None:
        """Forget the rectangle."""
        o = self._app.view.overlay
        o.rectangle = None
        o.area = "view" if o.area == "drawn" else o.area
        self._app.renderer.lines.clear("area")

    def _place(self, ring: list[tuple[float, float]], base: float) -> None:
        app = self._app
        if app.place is None or app.scenario is None:
            return
        if app.active_variant is None:
            last = last_variant(app.scenario, app.view.variant_before)
            if last is not None:
                app.execute(ChangeScene({"active_variant": last}))
            else:
                app.execute(AddVariant(_("Variant {number}").format(number=1)))
        variant_id = app.active_variant
        if variant_id is None:
            return
        points = np.array(ring)
        centre = points.mean(axis=0)
        e, n, h = (float(v) for v in app.place.frame.to_map(np.array([[*centre, base]]))[0])
        proposal = Proposal(
            id=new_id("proposal"),
            variant_id=variant_id,
            name=self._free_name(variant_id),
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
            app.status.refuse(str(error))  # the corners stay, to be mended
            return
        self.reset()
        app.view.crosshair = False  # it would lie over the handles
        app.select_proposal(proposal.id)

    def _free_name(self, variant_id: str) -> str:
        """The first name with a number that no building of a variant has."""
        scenario = self._app.scenario
        taken = {known.name for known in scenario.proposals(variant_id)} if scenario is not None else set()
        names = (_("Building {number}").format(number=number) for number in range(1, len(taken) + 2))
        return next(name for name in names if name not in taken)

    # -- changing -----------------------------------------------------------------------------------------------------

    def replaced_by(self, proposal: Proposal) -> tuple[str, ...]:
        """Ids of the buildings that a proposal would stand in the place of."""
        app = self._app
        if app.place is None or app.base_surface is None:
            return ()
        return replaced_by(app.place, app.base_surface, proposal)

    def change(self, proposal_id: str, values: dict[str, Any]) -> None:
        """Set parameters; what it replaces follows where it stands or turns."""
        app = self._app
        if app.scenario is None:
            return
        known = app.scenario.proposal(proposal_id)
        if values.keys() & {"easting", "northing", "rotation_deg", "holes"}:
            moved = replace(known, **values)
            if values.keys() & {"easting", "northing"}:  # it stands on the ground there, as one that was slid
                values = {"base_height": self._ground_below(moved, known), **values}
            values = {**values, "hidden_features": self.replaced_by(moved)}
        app.execute(ChangeProposal(proposal_id, values))

    def set_wings(self, proposal_id: str, depth: float) -> None:
        """Give a building a courtyard with wings of this depth around it, or none. [m]"""
        scenario = self._app.scenario
        if scenario is None:
            return
        try:
            holes = courtyards(scenario.proposal(proposal_id).footprint, depth)
        except ExplorerError as error:
            self._app.status.refuse(str(error))
            return
        self.change(proposal_id, {"holes": holes})

    def copy_selected(self) -> None:
        """Copy the selected building beside itself."""
        app = self._app
        known = self.selected()
        if known is None:
            return
        ring = np.array(known.footprint)
        shift = float(np.ptp(ring[:, 0])) + 4.0
        copy = replace(known, id=new_id("proposal"), easting=known.easting + shift)
        base, name = self._ground_below(copy, known), self._free_name(known.variant_id)
        hidden = self.replaced_by(copy)
        app.execute(CopyProposal(known.id, copy.id, copy.easting, copy.northing, base, hidden, name))
        app.select_proposal(copy.id)

    def delete_selected(self) -> None:
        """Delete the selected building."""
        known = self.selected()
        if known is not None:
            self._app.select_none()
            self._app.execute(DeleteProposal(known.id))

    def selected(self) -> Proposal | None:
        """The proposal that is selected; None: none is."""
        app = self._app
        selected = app.view.selected
        if selected is None or selected.proposal_id is None or app.scenario is None:
            return None
        found = app.scenario.records.get(selected.proposal_id)
        return found if isinstance(found, Proposal) else None

    def move(self, start: Proposal, moved: Proposal) -> None:
        """Put a building where it was slid to, on the ground there."""
        base = self._ground_below(moved, start)
        self._app.execute(MoveProposal(start.id, moved.easting, moved.northing, base, self.replaced_by(moved)))

    def nudge(self, ahead: float, right: float) -> None:
        """Slide the selected building by metres as the viewer sees it."""
        known = self.selected()
        if known is not None:
            self.move(known, nudged(known, ahead, right, self._app.rig.camera.heading_deg))

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

    def ground_at(self, at: Point) -> float:
        """Height of the ground below a place of the world; its own height where no ground is known. [m]"""
        if self._app.base_surface is None:
            return at[2]
        return self._ground_around([(at[0], at[1])], at[2])

    def _ground_around(self, ring: list[tuple[float, float]], otherwise: float) -> float:
        base = self._app.base_surface
        assert base is not None
        return lowest_ground(base, ring, otherwise)
