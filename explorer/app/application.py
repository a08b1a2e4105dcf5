"""The window: builds every room, runs the frame loop, and is the panels' `Host`.

Each frame: take what workers finished, step the camera, update tiles and light, draw the panels, let Panda3D draw. What
the user does comes from the panels (Host methods) or from the world (mouse and keys that no panel wanted).
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.app.camera_rig import CameraRig, MoveWish
from explorer.app.document import Document
from explorer.app.folders import config_folder, data_folder
from explorer.app.opening import Opener
from explorer.app.overlay_desk import OverlayDesk
from explorer.app.places import Place, References, proposal_mesh
from explorer.app.proposing import ProposeTool
from explorer.app.sunlight import sun_now, sun_times
from explorer.app.tile_layers import TileLayers
from explorer.app.world_input import WorldInput
from explorer.errors import ExplorerError
from explorer.geo import Camera
from explorer.i18n import _, set_language
from explorer.imgui_panda import ImguiBackend
from explorer.jobs import ThreadJobs
from explorer.massing import MassFigures
from explorer.massing import figures as mass_figures
from explorer.navigation import CollisionWorld, Walker, frame_points
from explorer.render import CityRenderer, Engine, Pick, ProposalLook, make_engine
from explorer.render.resources import resource_dir
from explorer.scenario import ChangeScene, Command, Scenario, ScenarioChanged, Viewpoint, new_id
from explorer.settings import Settings, load_settings, save_settings
from explorer.status import Status
from explorer.surface import CollisionFeed, SurfaceModel
from explorer.ui import LegendView, SearchHit, Ui
from explorer.viewstate import Selected, ViewState

_PLAY_MINUTES_PER_SEC = 60.0
_HOVER_SECS = 0.12


class Application:
    """Everything of one run of the program. Main thread only."""

    def __init__(self, engine: Engine, *, settings: Settings | None = None, with_journal: bool = True) -> None:
        self.engine = engine
        self.settings_path = config_folder() / "settings.json"
        self._settings = settings or load_settings(self.settings_path)
        set_language(self._settings.language or None)
        self._view, self._status = ViewState(), Status()
        self.jobs, self.tile_jobs = ThreadJobs(2), ThreadJobs(3)
        self.renderer = CityRenderer(engine)
        self.backend = ImguiBackend(
            engine.base,
            engine.window,
            shader_folder=resource_dir("shaders") / "imgui",
            scale=self._settings.scale,
            offscreen=engine.is_offscreen,
        )
        self.backend.set_theme(self._settings.theme)
        self.backend.set_touch(self._settings.touch)
        self.ground = CollisionWorld()
        self.rig = CameraRig(self.renderer.camera, self.ground, Walker(eye_height=self._settings.eye_height))
        self.document = Document(data_folder() / "journal.sqlite" if with_journal else None)
        self.document.events.subscribe(ScenarioChanged, self._scenario_changed)
        self.place: Place | None = None
        self.tiles: TileLayers | None = None
        self.base_surface: SurfaceModel | None = None
        self.feed: CollisionFeed | None = None
        self.opener = Opener(self)
        self.desk = OverlayDesk(self)
        self.tool = ProposeTool(self)
        self.input = WorldInput(self)
        self.ui = Ui(self)
        self._touch = (0.0, 0.0, 0.0, 0.0)
        self._play_minute: float | None = None
        self._last_frame = time.monotonic()
        self._hover_at = 0.0
        self._figures: dict[str, tuple[object, MassFigures | None]] = {}
        self.wants_quit = False

    # -- the frame -------------------------------------------------------------------------------------------------

    def frame(self, dt: float | None = None) -> None:
        """One turn of the loop, without the drawing itself."""
        now = time.monotonic()
        dt = min(now - self._last_frame, 0.25) if dt is None else dt
        self._last_frame = now
        self.jobs.collect(2.0)
        self.tile_jobs.collect(2.0)
        self.opener.update()
        width, height = self._size()
        self.renderer.resize(width, height)
        self.rig.resize(width, height)
        self.backend.new_frame(dt)
        self.ui.draw(float(width), float(height))
        wish = self.input.update(dt)
        if self.place is not None:
            self._step_world(dt, self._with_touch(wish))
        self.backend.render()
        self.renderer.prepare_frame()

    def _size(self) -> tuple[int, int]:
        window = self.engine.window
        return max(window.get_x_size(), 1), max(window.get_y_size(), 1)

    def _step_world(self, dt: float, wish: MoveWish) -> None:
        assert self.tiles is not None and self.feed is not None
        camera = self.rig.step(dt, wish)
        if self.rig.mode == "walk" or camera.position[2] < 400.0:
            self.feed.update(float(camera.position[0]), float(camera.position[1]))
        self.renderer.set_camera(camera)
        self.tiles.update(self.renderer, camera)
        self._show_loading()
        self._play(dt)
        self.view.heading_deg = camera.heading_deg
        self.view.navigation = self.rig.mode
        self.view.is_waiting_for_ground = self.rig.is_waiting_for_ground

    def _show_loading(self) -> None:
        assert self.tiles is not None
        if self.tiles.loading:
            self.status.set("tiles", _("Loading the city: {count} tiles").format(count=self.tiles.loading))
        else:
            self.status.clear("tiles")
        for sentence in self.tiles.take_new_problems():
            self.status.problem(sentence)

    def _with_touch(self, wish: MoveWish) -> MoveWish:
        forward, right, turn, look = self._touch
        self._touch = (0.0, 0.0, 0.0, 0.0)
        return replace(
            wish,
            forward=wish.forward + forward,
            right=wish.right + right,
            turn_deg=wish.turn_deg + turn * 2.0,
            look_deg=wish.look_deg + look * 1.5,
        )

    def _play(self, dt: float) -> None:
        """Let the day pass: a preview outside the document, one step of undo when it stops."""
        if self.scenario is None:
            return
        if self.view.is_playing:
            start = float(self.scenario.scene.minute) if self._play_minute is None else self._play_minute
            self._play_minute = (start + dt * _PLAY_MINUTES_PER_SEC) % 1440.0
            self.ui.bottom.dragged_minute = None
        elif self._play_minute is not None:
            minute, self._play_minute = round(self._play_minute) % 1440, None
            self.execute(ChangeScene({"minute": minute}))
        self._update_sun()

    def _update_sun(self) -> None:
        if self.place is None or self.scenario is None:
            return
        scene = self.scenario.scene
        minute = float(scene.minute)
        if self.ui.bottom.dragged_minute is not None:
            minute = self.ui.bottom.dragged_minute
        elif self._play_minute is not None:
            minute = self._play_minute
        sun = sun_now(self.place, scene.date, round(minute))
        self.renderer.set_sun(sun.direction, sun.elevation_deg)
        self.view.sun_elevation_deg = sun.elevation_deg

    # -- opening ---------------------------------------------------------------------------------------------------

    def show_place(self, place: Place) -> None:
        """Take a place that was opened; the one of before is let go only now."""
        self._close_place()
        self.place = place
        self.document.open(place.scenario, place.scene_path)
        self.tiles = TileLayers(place, self.tile_jobs)
        self.base_surface = place.surface()
        self.feed = CollisionFeed(self.base_surface, self.ground, self.jobs)
        self.renderer.set_land(self.tiles.land_height())
        self.view.show_welcome = False
        self.view.selected = None
        for warning in place.warnings:
            self.status.problem(warning)
        scene = place.scenario.scene
        base = replace(self.rig.camera, heading_deg=25.0, pitch_deg=-32.0, fov_y_deg=60.0)
        if scene.camera is not None and len(scene.camera) == 6:
            self.rig.set_camera(self._camera_from(scene.camera, base))
            self.rig.set_mode(scene.navigation)
        else:
            self.rig.set_camera(frame_points(base, place.city_points(), margin=0.1))
        self._sun_times()
        self._variant_changed()
        self._apply_view_settings()

    def _close_place(self) -> None:
        self.desk.clear()
        self.tool.reset()
        if self.feed is not None:
            self.feed.clear()
        if self.tiles is not None:
            self.tiles.release(self.renderer)
        self.renderer.set_proposals([])
        self.place = self.tiles = self.feed = self.base_surface = None

    def _camera_from(self, numbers: tuple[float, ...], base: Camera) -> Camera:
        assert self.place is not None
        x, y, z = (float(v) for v in self.place.frame.to_world(np.array([numbers[:3]]))[0])
        return replace(base, position=(x, y, z), heading_deg=numbers[3], pitch_deg=numbers[4], fov_y_deg=numbers[5])

    def camera_record(self) -> tuple[float, ...]:
        """The pose of now as the scene keeps it."""
        assert self.place is not None
        c = self.rig.camera
        e, n, h = (float(v) for v in self.place.frame.to_map(np.array([c.position]))[0])
        return (e, n, h, c.heading_deg, c.pitch_deg, c.fov_y_deg)

    # -- changes of the document -----------------------------------------------------------------------------------

    def _scenario_changed(self, event: ScenarioChanged) -> None:
        before, after = event.before.scene, event.after.scene
        if before.date != after.date:
            self._sun_times()
        if self.tiles is not None:
            for layer in event.after.layers:
                self.tiles.set_visible(layer.id, layer.is_visible)
        self._variant_changed()
        self.desk.scenario_changed(event)
        selected = self.view.selected
        if selected is not None and selected.proposal_id is not None:
            found = event.after.records.get(selected.proposal_id)
            if found is None or getattr(found, "variant_id", None) != after.active_variant:
                self.view.selected = None
        self._show_selection()

    def _variant_changed(self) -> None:
        """Bring proposals, hidden buildings and walls to walk against up to date."""
        if self.scenario is None or self.tiles is None or self.place is None or self.feed is None:
            return
        self.show_proposals()
        hidden = self.scenario.hidden_features(self.active_variant)
        if self.tiles.set_hidden(hidden):
            self.renderer.set_hidden_features(self.tiles.with_parts(hidden))
        self.feed.set_model(self.surface())

    def show_proposals(self, preview: tuple[Any, ...] = ()) -> None:
        """Hand the active variant's buildings to the renderer; `preview` replaces or adds one that is being dragged."""
        if self.scenario is None or self.place is None:
            return
        selected = self.view.selected.proposal_id if self.view.selected else None
        previews = {p.id: p for p in preview}
        looks = []
        for proposal in (*self.scenario.proposals(self.active_variant), *previews.values()):
            if proposal.id in previews and proposal is not previews[proposal.id]:
                continue
            with suppress(ExplorerError):
                mesh = proposal_mesh(proposal, self.place.frame)
                looks.append(ProposalLook(proposal.id, mesh, proposal.id == selected, proposal.id in previews))
        self.renderer.set_proposals(looks)

    def surface(self, variant_id: str | bool | None = True) -> SurfaceModel:
        """The surface of a variant (the active one if not given)."""
        from explorer.app.places import variant_surface

        assert self.base_surface is not None and self.place is not None and self.scenario is not None
        return variant_surface(self.base_surface, self.place.frame, self.scenario, self.active_variant)

    @property
    def active_variant(self) -> str | None:
        """Id of the variant that is shown; None: the city as it is."""
        return self.scenario.scene.active_variant if self.scenario is not None else None

    def _sun_times(self) -> None:
        if self.place is not None and self.scenario is not None:
            self.view.sunrise, self.view.sunset = sun_times(self.place, self.scenario.scene.date)

    def report(self, error: Exception) -> None:
        """Tell the user what went wrong."""
        self.status.problem(str(error))

    # -- picking ---------------------------------------------------------------------------------------------------

    def pick(self, x: float, y: float) -> Pick | None:
        """What is under a pixel."""
        return self.renderer.pick(x, y) if self.place is not None else None

    def point_at(self, x: float, y: float) -> None:
        """The pointer is here: coordinates, hover, probe; at most a few times a second."""
        now = time.monotonic()
        if self.place is None or now - self._hover_at < _HOVER_SECS:
            return
        self._hover_at = now
        found = self.pick(x, y)
        if found is None:
            self.view.pointer_map = None
            self.view.overlay.probe = None
            return
        e, n, h = (float(v) for v in self.place.frame.to_map(np.array([found.position]))[0])
        self.view.pointer_map = (e, n, h)
        self.desk.probe(e, n)

    def select(self, found: Pick | None) -> None:
        """Select what was clicked."""
        if found is None or (found.feature_id is None and found.proposal_id is None):
            self.select_none()
        elif found.proposal_id is not None:
            self.select_proposal(found.proposal_id)
        else:
            assert found.feature_id is not None
            self.select_feature(found.feature_id, found)

    def select_feature(self, feature_id: str, found: Pick | None = None) -> None:
        """Select a feature of the city by its id, loaded or not."""
        attributes: dict[str, Any] = {}
        kind, bounds = "", None
        for layer in self.place.layers if self.place is not None else []:
            hit = layer.index.get(feature_id) if layer.index is not None else None
            if hit is not None:
                attributes, kind, bounds = dict(hit.attributes), hit.kind, hit.bounds
                break
        if not kind and found is not None and found.tile is not None and found.feature_row is not None:
            attributes = self.renderer.features_of(found.tile).row(found.feature_row)
            kind = str(attributes.get("kind", ""))
        name = str(attributes.get("name") or attributes.get("address") or "")
        self.view.selected = Selected(feature_id, None, kind, name, tuple(attributes.items()), bounds)
        self._show_selection()

    def _show_selection(self) -> None:
        selected = self.view.selected
        ids = frozenset([selected.feature_id]) if selected is not None and selected.feature_id else frozenset[str]()
        if self.tiles is not None and ids:
            ids = self.tiles.with_parts(ids)
        self.renderer.set_highlight(ids)
        self.show_proposals()

    # -- Host: state -----------------------------------------------------------------------------------------------

    @property
    def view(self) -> ViewState:
        return self._view

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def status(self) -> Status:
        return self._status

    @property
    def scenario(self) -> Scenario | None:
        return self.document.scenario if self.place is not None else None

    @property
    def crs_name(self) -> str:
        return self.place.frame.crs.identifier if self.place is not None else ""

    @property
    def attribution(self) -> str:
        names = {layer.attribution for layer in self.place.layers} if self.place is not None else set()
        return " · ".join(sorted(name for name in names if name))

    @property
    def undo_label(self) -> str | None:
        return self.document.undo_label

    @property
    def redo_label(self) -> str | None:
        return self.document.redo_label

    @property
    def has_unsaved_changes(self) -> bool:
        return self.document.has_unsaved_changes

    @property
    def recovered_steps(self) -> int:
        return self.document.recovered_steps

    @property
    def scene_path(self) -> str:
        return str(self.document.path or "")

    # -- Host: the document ----------------------------------------------------------------------------------------

    def execute(self, command: Command) -> None:
        try:
            self.document.execute(command)
        except ExplorerError as error:
            self.report(error)

    def undo(self) -> None:
        self.document.undo()

    def redo(self) -> None:
        self.document.redo()

    def copy_selected(self) -> None:
        self.tool.copy_selected()

    def delete_selected(self) -> None:
        self.tool.delete_selected()

    def figures(self, proposal_id: str) -> MassFigures | None:
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

    def change_proposal(self, proposal_id: str, **values: Any) -> None:
        self.tool.change(proposal_id, values)

    # -- Host: files -----------------------------------------------------------------------------------------------

    def open_path(self, path: str) -> None:
        self.opener.open(path, References())

    def open_town(self) -> None:
        self.opener.open(None, References())

    def save(self, path: str | None = None, *, packed: bool = False) -> None:
        self.opener.save(path, packed=packed)

    def recover(self, accept: bool) -> None:
        self.opener.recover(accept)

    # -- Host: looking and moving ----------------------------------------------------------------------------------

    def search(self, text: str) -> list[SearchHit]:
        hits: list[SearchHit] = []
        for layer in self.place.layers if self.place is not None else []:
            if layer.index is None:
                continue
            for found in layer.index.search(text, 20):
                said = found.attributes.get("address") or found.attributes.get("name") or found.id
                matched = found.attributes.get(found.matched, "")
                detail = f"{found.kind}" + (f" · {found.matched}: {matched}" if matched not in ("", said) else "")
                hits.append(SearchHit(found.id, str(said), detail))
        return hits[:40]

    def go_to(self, hit: SearchHit) -> None:
        self.select_feature(hit.id)
        self.frame_selection()

    def select_none(self) -> None:
        self.view.selected = None
        self._show_selection()

    def select_proposal(self, proposal_id: str) -> None:
        self.view.selected = Selected(proposal_id=proposal_id, kind="proposal")
        self._show_selection()

    def set_mode(self, mode: str) -> None:
        self.view.mode = mode
        if mode != "propose":
            self.set_tool("select")

    def set_tool(self, tool: str) -> None:
        self.tool.reset()
        self.view.tool = tool
        if tool in ("draw", "block"):
            self.view.mode = "propose"

    def finish_drawing(self) -> None:
        self.tool.finish()

    def set_navigation(self, mode: str) -> None:
        if self.place is None:
            return
        if mode == "walk":
            self._walk_where_looking()
        else:
            self.rig.set_mode(mode)

    def _walk_where_looking(self) -> None:
        """Come down where the middle of the picture is."""
        found = self.pick(self.renderer.width / 2.0, self.renderer.height * 0.55)
        if found is not None:
            x, y, z = found.position
            self.rig.set_camera(replace(self.rig.camera, position=(x, y, z + 1.7), pitch_deg=0.0))
        self.rig.set_mode("walk")

    def frame_city(self) -> None:
        if self.place is not None:
            goal = frame_points(self.rig.camera, self.place.city_points(), margin=0.1)
            self.rig.fly_to(goal, less_motion=self.settings.less_motion)

    def frame_selection(self) -> None:
        selected = self.view.selected
        if selected is None or self.place is None or self.scenario is None:
            return
        if selected.proposal_id is not None:
            positions = proposal_mesh(self.scenario.proposal(selected.proposal_id), self.place.frame).positions
            lo, hi = positions.min(axis=0), positions.max(axis=0)
        elif selected.bounds is not None:
            lo, hi = self.place.frame.to_world(np.array(selected.bounds).reshape(2, 3))
        else:
            return
        self.rig.frame(lo - 12.0, hi + 12.0, less_motion=self.settings.less_motion)

    def face_north(self) -> None:
        self.rig.face_north()

    def go_to_viewpoint(self, viewpoint_id: str) -> None:
        if self.scenario is not None:
            v = self.scenario.record(viewpoint_id)
            if isinstance(v, Viewpoint):
                numbers = (v.easting, v.northing, v.height, v.heading_deg, v.pitch_deg, v.fov_y_deg)
                self.rig.fly_to(self._camera_from(numbers, self.rig.camera), less_motion=self.settings.less_motion)

    def save_viewpoint(self) -> None:
        from explorer.scenario import SaveViewpoint

        if self.scenario is None:
            return
        e, n, h, heading, pitch, fov = self.camera_record()
        count = len(self.scenario.viewpoints)
        self.execute(
            SaveViewpoint(
                Viewpoint(
                    id=new_id("viewpoint"),
                    name=_("View {number}").format(number=count + 1),
                    easting=e,
                    northing=n,
                    height=h,
                    heading_deg=heading,
                    pitch_deg=pitch,
                    fov_y_deg=fov,
                    order=count,
                )
            )
        )

    def touch(self, forward: float, right: float, turn: float, look: float) -> None:
        self._touch = (forward, right, turn, look)

    # -- Host: simulation ------------------------------------------------------------------------------------------

    def simulate(self) -> None:
        self.desk.start()

    def cancel_simulation(self) -> None:
        self.desk.cancel()

    def clear_simulation(self) -> None:
        self.desk.clear()

    def export_simulation(self, path: str) -> None:
        self.desk.export(path)

    def show_simulation(self, which: str) -> None:
        self.desk.show(which)

    @property
    def legend(self) -> LegendView | None:
        return self.desk.legend

    # -- Host: the rest --------------------------------------------------------------------------------------------

    def change_settings(self, **values: Any) -> None:
        self._settings = replace(self._settings, **values)
        try:
            save_settings(self.settings_path, self._settings)
        except OSError as error:
            self.status.problem(_("The settings cannot be saved: {why}").format(why=error))
        set_language(self._settings.language or None)
        self.backend.set_theme(self._settings.theme)
        self.backend.set_scale(self._settings.scale)
        self.backend.set_touch(self._settings.touch)
        self._apply_view_settings()

    def _apply_view_settings(self) -> None:
        self.renderer.set_edges(0.62 if self.settings.show_edges else 0.0)
        self.renderer.set_shadows(self.settings.show_shadows)
        self.rig.walker = Walker(eye_height=self.settings.eye_height)

    def copy_text(self, text: str) -> None:
        self.backend.copy_text(text)

    def quit(self) -> None:
        self.wants_quit = True

    def gizmo_matrices(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]] | None:
        return self.tool.gizmo_matrices()

    def drag_selected(self, matrix: NDArray[np.float32], is_over: bool) -> None:
        self.tool.drag(matrix, is_over)

    def close(self) -> None:
        """End everything; the journal is emptied when nothing is left to save."""
        self._close_place()
        self.document.close()
        self.jobs.close()
        self.tile_jobs.close()
        self.backend.close()
        self.renderer.close()


def run_window(what: str | None, references: References, *, size: tuple[int, int], language: str | None) -> int:
    """Open the window and run until it is closed; returns the exit code."""
    engine = make_engine(offscreen=False, size=size)
    settings = load_settings(config_folder() / "settings.json")
    if language:
        settings = replace(settings, language=language)
    application = Application(engine, settings=settings)
    application.view.show_welcome = what is None
    application.opener.open(what, references)
    base = engine.base
    try:
        while not application.wants_quit and not engine.window.is_closed():
            application.frame()
            base.task_mgr.step()
    finally:
        application.close()
    return 0
