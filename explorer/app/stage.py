"""What is open: a place, its tiles on their way to the screen, its ground to walk on, and the variant that is shown."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from explorer.app.guessed_ground import GuessedGround
from explorer.app.indexed import with_parts
from explorer.app.places import Place, proposal_mesh, proposal_storeys, variant_surface
from explorer.app.plots import ShownPlots, plot_areas
from explorer.app.tile_layers import TileLayers
from explorer.app.web import web_access
from explorer.errors import ExplorerError
from explorer.i18n import _
from explorer.render import ProposalLook
from explorer.scenario import NAVIGATIONS, LeftBehind, ScenarioChanged
from explorer.surface import CollisionFeed, SurfaceModel

if TYPE_CHECKING:
    from explorer.app.application import Application
    from explorer.geo import Camera

_FIRST_HEADING, _FIRST_PITCH, _FIRST_FOV = 25.0, -32.0, 60.0
_TOLD = 3
"""Warnings about a place that are shown at once."""
_GROUND_WANTED_BELOW = 300.0
"""Height of the eye above all of the city below which the ground is loaded for walking. [m]"""
_STEP_OF_GROUND = 1.0
"""Shadows follow the ground under somebody's feet by steps, or every stair would draw them anew. [m]"""


class Stage:
    """Shows one place at a time and keeps the picture in step with the scenario. Main thread only."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self.place: Place | None = None
        self.tiles: TileLayers | None = None
        self.base_surface: SurfaceModel | None = None
        self.feed: CollisionFeed | None = None
        self.first_view: tuple[Camera, str] | None = None
        """The camera that the place began with, and its way of moving."""
        self._plots: ShownPlots | None = None
        self._ground: GuessedGround | None = None
        self._top = 0.0
        """Height in the world of the highest that is built. [m]"""

    @property
    def is_loading(self) -> bool:
        """Whether tiles are under way."""
        return self.tiles is not None and self.tiles.is_busy

    # -- opening and closing -------------------------------------------------------------------------------------------

    def show(self, place: Place, *, recovered: LeftBehind | None = None) -> None:
        """Take a place that was opened; the one of before is let go only now. `recovered`: where its work was kept."""
        app = self._app
        self.close()
        app.sections.begin(place)
        app.imagery.begin(place)
        app.styles.begin(place)
        self.place = place
        self._top = float(place.city_bounds()[1][2])
        app.document.open(place.scenario, place.scene_path, recovered=recovered)
        self.tiles = TileLayers(place, app.tile_jobs, finish=app.renderer.packed)
        self.base_surface = place.surface()
        self.feed = CollisionFeed(self.base_surface, app.ground, app.jobs)
        self._plots = ShownPlots(app.jobs, partial(self.tiles.set_plots, app.renderer))
        show, set_level = (partial(do, app.renderer) for do in (self.tiles.set_ground, self.tiles.set_level))
        self._ground = GuessedGround(self.base_surface, app.jobs, show, set_level, app.renderer.packed)
        app.renderer.set_map_origin(*place.frame.origin[:2])
        app.renderer.set_land(self.tiles.land.height)
        app.view.selected, app.view.is_playing, app.view.passing_minute = None, False, None
        self._tell(place.warnings, place.details)
        self._look_first(place)
        app.daylight.new_day()
        self.refresh()
        app.sections.show()
        app.styles.show(place)
        app.apply_view_settings()

    def _tell(self, warnings: list[str], details: list[str]) -> None:
        """What is not as it should be: all in the list of problems; in one notice what is about the whole."""
        status = self._app.status
        for warning in (*warnings, *details):
            status.problem(warning, is_quiet=True)
        told = warnings[:_TOLD]
        more = len(warnings) - len(told)
        if more > 0:
            told.append(_("… and {count} more, in the list of problems.").format(count=more))
        if details:
            told.append(_("Some objects of the file are not as they should be; the list of problems tells which."))
        if told:
            status.notice("\n".join(told))

    def _look_first(self, place: Place) -> None:
        rig, scene = self._app.rig, place.scenario.scene
        base = replace(rig.camera, heading_deg=_FIRST_HEADING, pitch_deg=_FIRST_PITCH, fov_y_deg=_FIRST_FOV)
        if scene.camera is not None and len(scene.camera) == 6:
            rig.set_camera(self._app.viewing.camera_from(scene.camera, base))
            rig.set_mode(scene.navigation if scene.navigation in NAVIGATIONS else NAVIGATIONS[0])
        else:
            rig.set_camera(self._app.viewing.first_look(base))
        self.first_view = (rig.camera, rig.mode)

    def close(self) -> None:
        """Let go of the place and of all that belongs to it."""
        app = self._app
        app.desk.clear()
        app.tool.reset()
        app.sections.clear()
        app.imagery.clear()
        app.styles.clear()
        if self.feed is not None:
            self.feed.clear()
        if self._plots is not None:
            self._plots.cancel()
        if self._ground is not None:
            self._ground.cancel()
        if self.tiles is not None:
            self.tiles.release(app.renderer)
        app.renderer.set_proposals([])
        self.place = self.tiles = self.feed = self.base_surface = self._plots = self._ground = None

    # -- each frame ----------------------------------------------------------------------------------------------------

    def update(self, camera: Camera, *, is_walking: bool) -> None:
        """Bring ground and tiles after the camera."""
        if self.tiles is None or self.feed is None:
            return
        self._app.rig.land = self.tiles.land.height
        if is_walking or camera.position[2] < self._top + _GROUND_WANTED_BELOW:
            self.feed.update(float(camera.position[0]), float(camera.position[1]))
            for why in self.feed.take_problems() if is_walking else ():
                text = _("You cannot walk everywhere here, for a part of the city cannot be read: {why}")
                self._app.status.problem(text.format(why=why))
        feet = self._app.rig.standing_on
        ground = self.tiles.land.looked_at(camera) if feet is None else feet[2]
        self._app.renderer.set_ground(round(ground / _STEP_OF_GROUND) * _STEP_OF_GROUND)
        self._app.renderer.set_camera(camera)
        self.tiles.update(self._app.renderer, camera)
        if self._ground is not None and not self.tiles.loading:
            self._ground.update(camera, ground)
        self._app.imagery.update(camera)
        self._app.styles.update(is_loading=bool(self.tiles.loading))
        status = self._app.status
        if self.tiles.loading:
            status.set("tiles", _("Loading the city: {count} tiles").format(count=self.tiles.loading))
        else:
            status.clear("tiles")
        for sentence in (*self.tiles.take_new_problems(), *web_access().take_untold()):
            status.problem(sentence)
        for sentence in self.tiles.take_mended_problems():
            status.mend(sentence)

    # -- in step with the scenario -------------------------------------------------------------------------------------

    @property
    def active_variant(self) -> str | None:
        """Id of the variant that is shown; None: the city as it is."""
        scenario = self._app.scenario
        return scenario.scene.active_variant if scenario is not None else None

    def scenario_changed(self, event: ScenarioChanged) -> None:
        """Show what is different."""
        if self.tiles is not None:
            for layer in event.after.layers:
                self.tiles.set_visible(layer.id, layer.is_visible)
        self.refresh()

    def refresh(self) -> None:
        """Bring proposals, hidden buildings and walls to walk against up to date."""
        scenario = self._app.scenario
        if scenario is None or self.place is None or self.tiles is None or self.feed is None or self._plots is None:
            return
        self.show_proposals()
        hidden = scenario.hidden_features(self.active_variant)
        if self.tiles.set_hidden(hidden):
            self._app.renderer.set_hidden_features(with_parts(self.place.layers, hidden))
        surface = self.surface()
        self.feed.set_model(surface)
        self._plots.show(surface, plot_areas(self.place, scenario, self.active_variant))

    def show_proposals(self, preview: tuple[Any, ...] = ()) -> None:
        """Hand the active variant's buildings to the renderer; `preview` replaces or adds one that is being dragged."""
        scenario, selected = self._app.scenario, self._app.view.selected
        if scenario is None or self.place is None:
            return
        selected_id = selected.proposal_id if selected else None
        previews = {p.id: p for p in preview}
        looks = []
        for proposal in (*scenario.proposals(self.active_variant), *previews.values()):
            if proposal.id in previews and proposal is not previews[proposal.id]:
                continue
            with suppress(ExplorerError):
                mesh = proposal_mesh(proposal, self.place.frame)
                storeys = proposal_storeys(proposal, self.place.frame)
                is_selected, is_preview = proposal.id == selected_id, proposal.id in previews
                looks.append(ProposalLook(proposal.id, mesh, is_selected, is_preview, storeys))
        self._app.renderer.set_proposals(looks)

    def surface(self) -> SurfaceModel:
        """The surface of the variant that is shown."""
        scenario = self._app.scenario
        assert self.base_surface is not None and self.place is not None and scenario is not None
        return variant_surface(self.base_surface, self.place.frame, scenario, self.active_variant)
