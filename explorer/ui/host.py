"""What the panels need of the application: state to read, and doors to knock on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.geo import Camera
from explorer.massing import MassFigures
from explorer.scenario import Command, Scenario
from explorer.settings import Settings
from explorer.status import Status
from explorer.viewstate import ViewState


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One line of the search results."""

    id: str
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LegendView:
    """A legend as it is drawn."""

    title: str
    unit: str
    colours: NDArray[np.uint8]
    """(256, 3) sRGB from low to high."""
    low: float
    high: float
    ticks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftWork:
    """Work that a run which did not end by itself left behind."""

    title: str
    steps: int
    when: str
    """Local date and time of the last step, in words."""
    path: str = ""
    """The scene file it belongs to, if any."""


@dataclass(frozen=True, slots=True)
class Handles:
    """Where the handles of a building stand."""

    camera: Camera
    foot: tuple[float, float, float]
    """Middle of the footprint on the ground, in the world. [m]"""
    turn_deg: float
    """Anticlockwise from the east."""
    reach: float
    """From the middle to the ring. [m]"""
    height: float
    """Of the building. [m]"""


@dataclass(frozen=True, slots=True)
class Measure:
    """A length or an area, written over the picture."""

    x: float
    """[px]"""
    y: float
    words: str
    is_strong: bool = False
    """It is the one that changes now."""


class Host(Protocol):
    """The application, as panels see it. Main thread only; nothing here takes longer than a frame."""

    @property
    def view(self) -> ViewState: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def status(self) -> Status: ...
    @property
    def scenario(self) -> Scenario | None:
        """None while nothing is open."""
        ...

    @property
    def crs_name(self) -> str: ...
    @property
    def attribution(self) -> str: ...
    @property
    def has_photos(self) -> bool:
        """Whether the city's data has photographs."""
        ...

    @property
    def measured_tier(self) -> str:
        """Which of `settings.TIERS` this computer can draw fluently."""
        ...

    @property
    def undo_label(self) -> str | None: ...
    @property
    def redo_label(self) -> str | None: ...
    @property
    def has_unsaved_changes(self) -> bool: ...
    @property
    def left_work(self) -> tuple[LeftWork, ...]:
        """What can be brought back, newest first."""
        ...

    # the document
    def execute(self, command: Command) -> None: ...
    def undo(self) -> None: ...
    def redo(self) -> None: ...
    def copy_selected(self) -> None: ...
    def delete_selected(self) -> None: ...
    def figures(self, proposal_id: str) -> MassFigures | None: ...
    def change_proposal(self, proposal_id: str, **values: Any) -> None: ...
    def set_wings(self, proposal_id: str, depth: float) -> None:
        """Give a building a courtyard with wings so many metres deep around it; 0 takes it away."""
        ...

    # files
    def open_path(self, path: str) -> None: ...
    def open_town(self) -> None: ...
    def open_example(self) -> None:
        """Open the scene that comes with the program."""
        ...

    def choose_open(self) -> None:
        """Ask for a file by the system's dialog or by `view.files`, and open it."""
        ...

    def cancel_opening(self) -> None:
        """Open no longer what is being opened or asked about."""
        ...

    def answer_crs(self, crs: str, offset: str = "") -> None:
        """Answer `view.crs_question`."""
        ...

    def answer_server(self, is_yes: bool) -> None:
        """Answer `view.server_question`, by what is typed into it."""
        ...

    @property
    def known_servers(self) -> tuple[str, ...]:
        """Servers of which a key or a certificate is kept."""
        ...

    def set_proxy(self, text: str) -> None: ...
    def forget_server(self, server: str) -> None: ...
    def save(self, path: str | None = None, *, packed: bool = False) -> None:
        """Save to a path, or where the scene came from; asks where there is none."""
        ...

    def choose_save(self, *, packed: bool = False) -> None:
        """Ask for a name, and save."""
        ...

    def answer_unsaved(self, answer: str) -> None:
        """Answer `view.asks_unsaved`: "save", "discard" or "cancel"."""
        ...

    def list_folder(self, path: str) -> None:
        """Show another folder in `view.files`."""
        ...

    def choose_file(self, path: str) -> None:
        """Take a line of `view.files`, or what was typed there."""
        ...

    def cancel_choosing(self) -> None: ...
    @property
    def scene_path(self) -> str: ...
    def recover(self, number: int, accept: bool) -> None:
        """Bring back, or throw away, one of `left_work`."""
        ...

    # imagery
    @property
    def imagery_credit(self) -> str:
        """Who made the imagery that is shown."""
        ...

    def add_imagery(self, text: str) -> None:
        """Lay what is at an address or in a file over the city."""
        ...

    def choose_imagery(self, name: str) -> None:
        """Take one of `view.imagery_choices`."""
        ...

    def ask_imagery_file(self) -> None:
        """Ask for a file, and add it."""
        ...

    # looking and moving
    def search(self, text: str) -> list[SearchHit]: ...
    def go_to(self, hit: SearchHit) -> None: ...
    def select_none(self) -> None: ...
    def select_proposal(self, proposal_id: str) -> None: ...
    def set_mode(self, mode: str) -> None: ...
    def set_tool(self, tool: str) -> None: ...
    def finish_drawing(self) -> None: ...
    def step_back(self) -> bool:
        """Give up the gesture or the drawing under way; False where there is none."""
        ...

    def use_tool(self) -> None:
        """Use the tool in the middle of the picture, as a click would."""
        ...

    def nudge(self, ahead: float, right: float) -> None:
        """Slide the selected proposal by metres, as the viewer sees it."""
        ...

    def place_block(self, at: tuple[float, float, float]) -> None:
        """Put a block at easting, northing, height."""
        ...

    def walk_at(self, at: tuple[float, float, float]) -> None:
        """Walk from easting, northing, height on."""
        ...

    def open_menu(self) -> None:
        """Offer what fits the thing that is selected, or what is in the middle of the picture."""
        ...

    def place_section(self, shape: str) -> None:
        """Cut the city by a "plane" or a "box" in the middle of the picture, or begin to draw a "polygon"."""
        ...

    def change_section(self, **values: Any) -> None:
        """Set values of the active section."""
        ...

    def set_underground(self, is_on: bool) -> None:
        """Let the camera go below the ground, or not."""
        ...

    def set_navigation(self, mode: str) -> None: ...
    def frame_city(self) -> None: ...
    def frame_selection(self) -> None: ...
    def face_north(self) -> None: ...
    def go_to_viewpoint(self, viewpoint_id: str) -> None: ...
    def save_viewpoint(self) -> None: ...
    def zoom(self, steps: float) -> None:
        """Closer to (positive) or away from the middle of the picture."""
        ...

    def touch(self, forward: float, right: float, turn: float, look: float) -> None:
        """What thumb pads ask for in this frame, each in [-1, 1]."""
        ...

    # simulation
    def simulate(self) -> None: ...
    def cancel_simulation(self) -> None: ...
    def clear_simulation(self) -> None: ...
    def clear_area(self) -> None:
        """Forget the rectangle that was drawn for simulations."""
        ...

    def export_simulation(self, path: str) -> None: ...
    def show_simulation(self, which: str) -> None: ...
    @property
    def legend(self) -> LegendView | None: ...

    # the picture
    def draw_anew(self) -> None:
        """Tear the picture down and build it again from what is open."""
        ...

    def toggle_full_screen(self) -> None: ...

    # colours by attribute
    def choose_styled_layer(self, layer_id: str) -> None:
        """Have the panel be about this layer."""
        ...

    def colour_by(self, attribute: str, way: str = "") -> None:
        """Colour the panel's layer by an attribute; "": as the data says. `way`: see `styling.WAYS`, "": what fits."""
        ...

    def toggle_class(self, layer_id: str, number: int) -> None:
        """Hide the features of one class of a layer's colours, or show them again."""
        ...

    def take_style_text(self, text: str) -> None:
        """Style the panel's layer by this JSON, or say in `view.styling.error` what is wrong with it."""
        ...

    def choose_style(self) -> None:
        """Ask for a style file, and style the panel's layer by it."""
        ...

    def save_style(self) -> None:
        """Ask for a name, and save the style of the panel's layer."""
        ...

    # the rest
    def change_settings(self, **values: Any) -> None: ...
    def copy_text(self, text: str) -> None: ...
    def quit(self) -> None: ...
    def handles(self) -> Handles | None:
        """Where the handles of the selected proposal stand; None: there are none to show."""
        ...

    def drag_handle(self, kind: str, amount: tuple[float, float], is_over: bool, is_coarse: bool) -> bool:
        """A handle was pulled this far since it was grabbed; False once there is no such gesture any more.

        `amount`: metres east and north ("move"), degrees anticlockwise ("turn"), metres upwards ("height").
        """
        ...

    def measures(self) -> list[Measure]:
        """Lengths and areas to write over the picture."""
        ...
