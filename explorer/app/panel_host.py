"""The doors that panels knock on: `explorer.ui.Host`, each leading into the room that does the work.

Nothing is decided here. `Application` is the panels' host by building the rooms named below.
"""

from __future__ import annotations

from typing import Any

from explorer.app.anew import Anew
from explorer.app.daylight import Daylight
from explorer.app.document import Document
from explorer.app.file_doors import FileDoors
from explorer.app.full_screen import FullScreen
from explorer.app.gestures import Gestures
from explorer.app.imagery_desk import ImageryDesk
from explorer.app.looks import Looks
from explorer.app.overlay_desk import OverlayDesk
from explorer.app.places import Place
from explorer.app.pointing import Pointing
from explorer.app.proposing import ProposeTool
from explorer.app.section_desk import SectionDesk
from explorer.app.stage import Stage
from explorer.app.style_desk import StyleDesk
from explorer.app.tile_layers import TileLayers
from explorer.app.viewing import Viewing
from explorer.errors import ExplorerError
from explorer.i18n import _
from explorer.imgui_panda import ImguiBackend
from explorer.massing import MassFigures
from explorer.massing import figures as mass_figures
from explorer.render import CityRenderer, Pick
from explorer.scenario import Command, Scenario
from explorer.settings import Settings
from explorer.status import Status
from explorer.surface import SurfaceModel
from explorer.ui import Handles, LegendView, Measure, SearchHit
from explorer.viewstate import ViewState

_PROGRAM = "citiverse-explorer"

Point = tuple[float, float, float]


class PanelHost(FileDoors):
    """Doors only; the rooms are built by `Application`. Main thread only."""

    view: ViewState
    status: Status
    settings: Settings
    backend: ImguiBackend
    document: Document
    stage: Stage
    pointing: Pointing
    viewing: Viewing
    daylight: Daylight
    desk: OverlayDesk
    tool: ProposeTool
    gestures: Gestures
    sections: SectionDesk
    imagery: ImageryDesk
    styles: StyleDesk
    renderer: CityRenderer
    looks: Looks
    anew: Anew
    full_screen: FullScreen

    def __init__(self) -> None:
        self._figures: dict[str, tuple[object, MassFigures | None]] = {}

    # -- what is open --------------------------------------------------------------------------------------------------

    @property
    def place(self) -> Place | None:
        return self.stage.place

    @property
    def tiles(self) -> TileLayers | None:
        return self.stage.tiles

    @property
    def base_surface(self) -> SurfaceModel | None:
        return self.stage.base_surface

    @property
    def measured_tier(self) -> str:
        return self.looks.measured.name

    @property
    def scenario(self) -> Scenario | None:
        return self.document.scenario if self.place is not None else None

    @property
    def active_variant(self) -> str | None:
        return self.stage.active_variant

    @property
    def crs_name(self) -> str:
        return self.place.frame.crs.identifier if self.place is not None else ""

    @property
    def attribution(self) -> str:
        layers = self.place.layers if self.place is not None else []
        # data that names nobody gives its own name: that says nothing about where it comes from
        names = {one.attribution for one in layers if one.attribution != one.layer.name}
        return " · ".join(sorted(name for name in names if name))

    @property
    def window_title(self) -> str:
        """What is open, with a dot while it is not saved."""
        if self.scenario is None:
            return _PROGRAM
        name = self.document.path.stem if self.document.path is not None else self.scenario.scene.title
        mark = "• " if self.has_unsaved_changes else ""
        return f"{mark}{name or _('Untitled')} – {_PROGRAM}"

    @property
    def has_photos(self) -> bool:
        return self.renderer.has_photos

    def show_proposals(self, preview: tuple[Any, ...] = ()) -> None:
        self.stage.show_proposals(preview)

    # -- the document --------------------------------------------------------------------------------------------------

    @property
    def undo_label(self) -> str | None:
        return self.document.undo_label

    @property
    def redo_label(self) -> str | None:
        return self.document.redo_label

    @property
    def has_unsaved_changes(self) -> bool:
        return self.document.has_unsaved_changes

    def execute(self, command: Command) -> None:
        if self.active_variant is not None:
            self.view.variant_before = self.active_variant  # that to which "before and after" comes back
        try:
            self.document.execute(command)
            self.status.refuse("")
        except ExplorerError as error:
            self.status.refuse(str(error))

    def report(self, error: BaseException) -> None:
        self.status.problem(str(error), is_asked=True)

    def undo(self) -> None:
        self.document.undo()

    def redo(self) -> None:
        self.document.redo()

    def copy_selected(self) -> None:
        self.tool.copy_selected()

    def delete_selected(self) -> None:
        self.tool.delete_selected()

    def change_proposal(self, proposal_id: str, **values: Any) -> None:
        self.tool.change(proposal_id, values)

    def set_wings(self, proposal_id: str, depth: float) -> None:
        self.tool.set_wings(proposal_id, depth)

    def figures(self, proposal_id: str) -> MassFigures | None:
        """Asked every frame, so worked out once a shape."""
        if self.scenario is None:
            return None
        mass = self.scenario.proposal(proposal_id).mass
        known = self._figures.get(proposal_id)
        if known is None or known[0] != mass:
            try:
                known = (mass, mass_figures(mass))
            except ExplorerError:
                known = (mass, None)
            self._figures[proposal_id] = known
        return known[1]

    # -- imagery -------------------------------------------------------------------------------------------------------

    @property
    def imagery_credit(self) -> str:
        return self.imagery.credit

    def add_imagery(self, text: str) -> None:
        self.imagery.add(text)

    def choose_imagery(self, name: str) -> None:
        self.imagery.choose(name)

    def ask_imagery_file(self) -> None:
        self.imagery.ask_file()

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

    # -- the picture ---------------------------------------------------------------------------------------------------

    def draw_anew(self) -> None:
        self.anew.draw()

    def toggle_full_screen(self) -> None:
        self.full_screen.toggle()

    # -- colours by attribute ------------------------------------------------------------------------------------------

    def choose_styled_layer(self, layer_id: str) -> None:
        self.styles.choose_layer(layer_id)

    def colour_by(self, attribute: str, way: str = "") -> None:
        self.styles.colour_by(attribute, way)

    def toggle_class(self, layer_id: str, number: int) -> None:
        self.styles.toggle_class(layer_id, number)

    def take_style_text(self, text: str) -> None:
        self.styles.take_text(text)

    def choose_style(self) -> None:
        self.styles.choose_file()

    def save_style(self) -> None:
        self.styles.save_file()

    # -- the rest ------------------------------------------------------------------------------------------------------

    def copy_text(self, text: str) -> None:
        self.backend.copy_text(text)
