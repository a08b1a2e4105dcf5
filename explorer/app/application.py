"""The composition root of the window: builds every room and ends it.

`PanelHost` holds the doors for panels, `FrameLoop` turns the frame, `Stage` has what is open, `Opener` opens,
`SceneSaver` saves, `FileChooser` asks for files, `Leaving` asks before work is lost,
`Document` holds the scenario, `Recovery` what former runs left, `OverlayDesk` simulates, `ProposeTool` draws,
`WorldInput` reads mouse and keys.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from explorer.app.anew import Anew
from explorer.app.camera_rig import CameraRig
from explorer.app.daylight import Daylight
from explorer.app.document import Document
from explorer.app.file_choosing import FileChooser
from explorer.app.folders import config_folder, copies_folder, data_folder
from explorer.app.frame_loop import FrameLoop
from explorer.app.full_screen import FullScreen
from explorer.app.gestures import Gestures
from explorer.app.imagery_desk import ImageryDesk
from explorer.app.leaving import Leaving
from explorer.app.looks import Looks
from explorer.app.opening import Opener
from explorer.app.overlay_desk import OverlayDesk
from explorer.app.panel_host import PanelHost
from explorer.app.pointing import Pointing
from explorer.app.proposing import ProposeTool
from explorer.app.recovery import Recovery
from explorer.app.references import References
from explorer.app.scene_saver import SceneSaver
from explorer.app.section_desk import SectionDesk
from explorer.app.server_questions import ServerQuestions
from explorer.app.stage import Stage
from explorer.app.style_desk import StyleDesk
from explorer.app.system_dialogs import NoDialogs, PortableDialogs
from explorer.app.untouched import Untouched
from explorer.app.viewing import Viewing
from explorer.app.web import follow_settings
from explorer.app.world_input import WorldInput
from explorer.i18n import _, set_language
from explorer.imgui_panda import ImguiBackend
from explorer.jobs import ThreadJobs
from explorer.navigation import CollisionWorld, Walker
from explorer.render import CityRenderer, Engine, make_engine
from explorer.render.resources import resource_dir
from explorer.scenario import ScenarioChanged
from explorer.settings import Settings, load_settings, save_settings
from explorer.status import Status
from explorer.ui import Ui
from explorer.viewstate import ViewState

_EDGE_STRENGTH = 0.62


class Application(PanelHost):
    """Everything of one run of the program. Main thread only."""

    def __init__(
        self,
        engine: Engine,
        *,
        settings: Settings | None = None,
        language: str | None = None,
        tier: str | None = None,
        with_journal: bool = True,
    ) -> None:
        """`language`, `tier`: for this run alone, whatever the settings say."""
        super().__init__()
        self.engine = engine
        self.settings_path = config_folder() / "settings.json"
        self.settings = settings or load_settings(self.settings_path)
        self._language = language
        set_language(language or self.settings.language or None)
        follow_settings(self.settings)
        self.view, self.status = ViewState(), Status()
        self.jobs, self.tile_jobs = ThreadJobs(2), ThreadJobs(3)
        self.looks = Looks(engine, self.status, tier)
        self.renderer = CityRenderer(engine, tier=self.looks.tier(self.settings))
        self.backend = self._panels_in(engine)
        self.ground = CollisionWorld()
        self.rig = CameraRig(self.renderer.camera, self.ground, Walker(eye_height=self.settings.eye_height))
        self.document = Document(data_folder() / "journals" if with_journal else None)
        self._build_rooms()
        self.ui = Ui(self)
        self.loop = FrameLoop(self)
        self.wants_quit = False

    def _panels_in(self, engine: Engine) -> ImguiBackend:
        backend = ImguiBackend(
            engine.base,
            engine.window,
            shader_folder=resource_dir("shaders") / "imgui",
            scale=self.settings.scale,
            offscreen=engine.is_offscreen,
        )
        backend.set_theme(self.settings.theme)
        backend.set_touch(self.settings.touch)
        return backend

    def _build_rooms(self) -> None:
        """Every room of one concern; those that show the scenario hear of its changes, in this order."""
        self.stage, self.daylight = Stage(self), Daylight(self)
        self.pointing, self.viewing = Pointing(self), Viewing(self)
        self.chooser = FileChooser(self, NoDialogs() if self.engine.is_offscreen else PortableDialogs())
        self.leaving, self.saver = Leaving(self), SceneSaver(self)
        self.opener, self.servers = Opener(self), ServerQuestions(self)
        self.recovery = Recovery(self)
        self.desk = OverlayDesk(self)
        self.tool, self.gestures = ProposeTool(self), Gestures(self)
        self.sections = SectionDesk(self)
        self.imagery = ImageryDesk(self)
        self.styles = StyleDesk(self)
        self.input, self.untouched = WorldInput(self), Untouched(self)
        self.anew, self.full_screen = Anew(self), FullScreen(self.engine)
        rooms = (self.daylight, self.stage, self.desk, self.pointing, self.sections, self.imagery, self.styles)
        for room in rooms:
            self.document.events.subscribe(ScenarioChanged, room.scenario_changed)

    def frame(self, dt: float | None = None) -> bool:
        """One turn of the loop, without the drawing itself; whether anything looks different."""
        return self.loop.turn(dt)

    def change_settings(self, **values: Any) -> None:
        """Take other settings, keep them, and show them at once."""
        self.settings = replace(self.settings, **values)
        try:
            save_settings(self.settings_path, self.settings)
        except OSError as error:
            self.status.problem(_("The settings cannot be saved: {why}").format(why=error))
        self._language = None if "language" in values else self._language
        if "tier" in values:
            self.looks.forced = None
        set_language(self._language or self.settings.language or None)
        self.backend.set_theme(self.settings.theme)
        self.backend.set_scale(self.settings.scale)
        self.backend.set_touch(self.settings.touch)
        follow_settings(self.settings)
        self.apply_view_settings()

    def apply_view_settings(self) -> None:
        """Draw and walk as the settings say."""
        self.renderer.set_tier(self.looks.tier(self.settings))
        if self.tiles is not None:
            self.tiles.set_error(self.renderer.tier.error_px)
        self.renderer.set_fading(not self.settings.less_motion)
        self.renderer.set_edges(_EDGE_STRENGTH if self.settings.show_edges else 0.0)
        self.renderer.set_shadows(self.settings.show_shadows)
        self.renderer.set_photos(self.settings.show_photos)
        self.rig.walker = Walker(eye_height=self.settings.eye_height)

    def close(self, *, discard: bool = False) -> None:
        """End everything. `discard`: the user gives up what is not saved; else it is offered at the next start."""
        self.chooser.cancel()
        self.stage.close()
        self.imagery.close()
        self.document.close(discard=discard)
        self.jobs.close()
        self.tile_jobs.close()
        self.backend.close()
        self.renderer.close()


def open_window(
    what: str | None,
    references: References,
    *,
    size: tuple[int, int],
    language: str | None = None,
    tier: str | None = None,
    section: str | None = None,
    style: str | None = None,
) -> Application:
    """The window, and what is to be seen in it on its way; None is the start screen over the built-in town."""
    engine = make_engine(offscreen=False, size=size, copies=copies_folder())
    application = Application(engine, language=language, tier=tier)
    application.renderer.softens_when_slow = True
    application.sections.first, application.styles.first = section or "", style or ""
    if what is None:
        application.opener.open_behind_welcome()
    else:
        application.opener.open(what, references)
    return application


def run_window(
    what: str | None,
    references: References,
    *,
    size: tuple[int, int],
    language: str | None,
    tier: str | None = None,
    section: str | None = None,
    style: str | None = None,
) -> int:
    """Open the window and run until it is closed; returns the exit code."""
    application = open_window(what, references, size=size, language=language, tier=tier, section=section, style=style)
    is_deliberate = False
    try:
        application.loop.run()
        is_deliberate = not application.loop.is_interrupted
    finally:
        application.close(discard=is_deliberate)
        application.engine.close()  # its threads would still write copies of tiles while the process goes down
    if is_deliberate:
        return 0
    print(_("The window was closed. What is in no file yet is offered again at the next start."), file=sys.stderr)
    return 130
