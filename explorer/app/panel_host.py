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
from explorer.app.layer_doors import LayerDoors
from explorer.app.looks import Looks
from explorer.app.places import Place
from explorer.app.stage import Stage
from explorer.app.tile_layers import TileLayers
from explorer.app.tool_doors import ToolDoors
from explorer.errors import ExplorerError
from explorer.i18n import _
from explorer.imgui_panda import ImguiBackend
from explorer.massing import MassFigures
from explorer.massing import figures as mass_figures
from explorer.render import CityRenderer
from explorer.scenario import Command, Scenario
from explorer.settings import Settings
from explorer.status import Status
from explorer.surface import SurfaceModel
from explorer.viewstate import ViewState

_PROGRAM = "citiverse-explorer"


class PanelHost(FileDoors, ToolDoors, LayerDoors):
    """Doors only; the rooms are built by `Application`. Main thread only."""

    view: ViewState
    status: Status
    settings: Settings
    backend: ImguiBackend
    document: Document
    stage: Stage
    daylight: Daylight
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
        return _("the last corner") if self.view.drawing else self.document.undo_label

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
        """The last step; while something is drawn, its last corner: fingers have no Backspace."""
        if self.view.drawing:
            self.gestures.take_back()
        else:
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

    # -- the picture ---------------------------------------------------------------------------------------------------

    def draw_anew(self) -> None:
        self.anew.draw()

    def toggle_full_screen(self) -> None:
        self.full_screen.toggle()

    # -- the rest ------------------------------------------------------------------------------------------------------

    def copy_text(self, text: str) -> None:
        self.backend.copy_text(text)
