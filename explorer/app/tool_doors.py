"""The panels' doors to the city itself: pointing, tools, moving, simulating."""

from __future__ import annotations

from typing import Any

from explorer.app.gestures import Gestures
from explorer.app.overlay_desk import OverlayDesk
from explorer.app.pointing import Pointing
from explorer.app.proposing import ProposeTool
from explorer.app.section_desk import SectionDesk
from explorer.app.viewing import Viewing
from explorer.render import Pick
from explorer.ui import Handles, LegendView, Measure, SearchHit
from explorer.viewstate import ViewState

Point = tuple[float, float, float]


class ToolDoors:
    """Doors only; the rooms are built by `Application`. Main thread only."""

    view: ViewState
    pointing: Pointing
    viewing: Viewing
    desk: OverlayDesk
    tool: ProposeTool
    gestures: Gestures
    sections: SectionDesk

    # -- pointing and selecting ----------------------------------------------------------------------------------------

    def pick(self, x: float, y: float) -> Pick | None:
        return self.pointing.pick(x, y)

    def point_at(self, x: float, y: float) -> None:
        self.pointing.point_at(x, y)

    def select(self, found: Pick | None) -> None:
        self.pointing.select(found)

    def select_none(self) -> None:
        self.pointing.select_none()

    def select_feature(self, feature_id: str) -> None:
        self.pointing.select_feature(feature_id)

    def select_proposal(self, proposal_id: str) -> None:
        self.pointing.select_proposal(proposal_id)

    def search(self, text: str) -> list[SearchHit]:
        return self.pointing.search(text)

    def go_to(self, hit: SearchHit) -> None:
        self.pointing.select_feature(hit.id)
        self.viewing.frame_selection()

    # -- tools and moving ----------------------------------------------------------------------------------------------

    def set_mode(self, mode: str) -> None:
        self.view.mode = mode
        if mode != "propose":
            self.set_tool("select")

    def set_tool(self, tool: str) -> None:
        self.tool.reset()
        self.view.tool = tool
        self.gestures.tool_taken(tool)

    def finish_drawing(self) -> None:
        self.gestures.finish()

    def place_section(self, shape: str) -> None:
        self.sections.place(shape)

    def change_section(self, **values: Any) -> None:
        self.sections.change(**values)

    def set_underground(self, is_on: bool) -> None:
        self.sections.set_underground(is_on)

    def set_navigation(self, mode: str) -> None:
        self.viewing.set_navigation(mode)

    def frame_city(self) -> None:
        self.viewing.frame_city()

    def frame_selection(self) -> None:
        self.viewing.frame_selection()

    def face_north(self) -> None:
        self.viewing.face_north()

    def go_to_viewpoint(self, viewpoint_id: str) -> None:
        self.viewing.go_to_viewpoint(viewpoint_id)

    def save_viewpoint(self) -> None:
        self.viewing.save_viewpoint()

    def zoom(self, steps: float) -> None:
        self.gestures.zoom(steps)

    def touch(self, forward: float, right: float, turn: float, look: float) -> None:
        self.viewing.push_pads(forward, right, turn, look)

    def step_back(self) -> bool:
        return self.gestures.step_back()

    def use_tool(self) -> None:
        self.gestures.use_tool()

    def nudge(self, ahead: float, right: float) -> None:
        if not self.sections.nudge(ahead, right):
            self.tool.nudge(ahead, right)

    def place_block(self, at: Point) -> None:
        self.gestures.place_block(at)

    def walk_at(self, at: Point) -> None:
        self.gestures.walk_at(at)

    def open_menu(self) -> None:
        self.gestures.open_menu()

    def handles(self) -> Handles | None:
        return self.gestures.handling.handles() or self.sections.handles()

    def drag_handle(self, kind: str, amount: tuple[float, float], is_over: bool, is_coarse: bool) -> bool:
        hand = self.gestures.handling if self.gestures.handling.handles() is not None else self.sections
        return hand.drag(kind, amount, is_over, is_coarse)

    def measures(self) -> list[Measure]:
        return self.gestures.measures()

    # -- simulation ----------------------------------------------------------------------------------------------------

    def simulate(self) -> None:
        self.desk.start()

    def cancel_simulation(self) -> None:
        self.desk.cancel()

    def clear_simulation(self) -> None:
        self.desk.clear()

    def clear_area(self) -> None:
        self.tool.clear_area()

    def export_simulation(self, path: str) -> None:
        self.desk.export(path)

    def show_simulation(self, which: str) -> None:
        self.desk.show(which)

    @property
    def legend(self) -> LegendView | None:
        return self.desk.legend
