"""Grabbing the selected proposal: slide, turn, pull the roof. A preview until it is let go, then one command."""

from __future__ import annotations

from dataclasses import replace
from math import hypot, radians, sin
from typing import TYPE_CHECKING

import numpy as np

from explorer.app.drawing import Label, metres, number_of
from explorer.i18n import _, ngettext
from explorer.scenario import Proposal
from explorer.ui import Handles

if TYPE_CHECKING:
    from explorer.app.application import Application

MOVE_STEP = 0.1
"""A drag slides by whole decimetres; typed numbers are exact. [m]"""
TURN_STEP = 1.0
TURN_STEP_COARSE = 15.0
_MAX_STOREYS = 200
_LEAST_REACH = 8.0
"""The ring to turn by is never smaller than this. [m]"""


class Handling:
    """The gesture under way on the selected proposal, if any. Main thread only."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self.kind = ""
        self.typed = ""
        self.dragged: Proposal | None = None
        self._words = ""
        self._is_ended = False
        """The gesture is over although the button is still down."""

    # -- for the panels ------------------------------------------------------------------------------------------------

    def handles(self) -> Handles | None:
        """Where the handles of the selected proposal stand; None: there are none to show."""
        app = self._app
        known = self.dragged or app.tool.selected()
        if known is None or app.place is None or app.view.tool != "select" or app.view.mode != "propose":
            return None
        foot = app.place.frame.to_world(np.array([[known.easting, known.northing, known.base_height]]))[0]
        ring = np.array(known.footprint)
        reach = max(float(np.hypot(ring[:, 0], ring[:, 1]).max()) * 1.15, _LEAST_REACH)
        foot_xyz = (float(foot[0]), float(foot[1]), float(foot[2]))
        return Handles(app.rig.camera, foot_xyz, known.rotation_deg, reach, known.mass.height)

    def labels(self) -> list[Label]:
        """What the gesture has come to, in metres, above the building."""
        app = self._app
        if self.dragged is None or app.place is None or not self._words:
            return []
        p = self.dragged
        top = app.place.frame.to_world(np.array([[p.easting, p.northing, p.base_height + p.mass.height]]))[0]
        return [((float(top[0]), float(top[1]), float(top[2])), self._words, True)]

    # -- the gesture ---------------------------------------------------------------------------------------------------

    def drag(self, kind: str, amount: tuple[float, float], is_over: bool, is_coarse: bool = False) -> bool:
        """A handle was pulled this far since it was grabbed; False once there is no such gesture any more.

        `amount`: metres east and north (move), degrees anticlockwise (turn), metres upwards (height).
        """
        if self._is_ended:  # by Esc or Enter, while the button was still down
            self._is_ended = False
            return False
        start = self._app.tool.selected()
        if start is None or (self.kind != kind and self.dragged is not None):
            self.cancel()
            return False
        self.kind = kind
        self.dragged, self._words = self._pulled(start, amount, is_coarse)
        if is_over:
            self.finish()
        else:
            self._app.show_proposals((self.dragged,))
        return True

    def _pulled(self, start: Proposal, amount: tuple[float, float], is_coarse: bool) -> tuple[Proposal, str]:
        if self.kind == "move":
            return self._slid(start, amount)
        if self.kind == "turn":
            return self._turned(start, amount[0], is_coarse)
        return self._raised(start, amount[0])

    def _slid(self, start: Proposal, amount: tuple[float, float]) -> tuple[Proposal, str]:
        east, north = (round(v / MOVE_STEP) * MOVE_STEP for v in amount)
        length = hypot(*amount)
        typed = number_of(self.typed)
        if typed is not None and length > 1e-6:
            east, north = (v / length * typed for v in amount)
        moved = replace(start, easting=round(start.easting + east, 3), northing=round(start.northing + north, 3))
        words = self._shown(metres(hypot(east, north)), "m")
        sides = [_east_words(east), _north_words(north)]
        return moved, f"{words}   ({', '.join(sides)})"

    def _turned(self, start: Proposal, degrees: float, is_coarse: bool) -> tuple[Proposal, str]:
        step = TURN_STEP_COARSE if is_coarse else TURN_STEP
        typed = number_of(self.typed)
        turn = typed if typed is not None else round(((degrees + 180.0) % 360.0 - 180.0) / step) * step
        turned = replace(start, rotation_deg=round((start.rotation_deg + turn) % 360.0, 2))
        return turned, self._shown(f"{turn:+.0f}°", "°") + f"   ({turned.rotation_deg:g}°)"

    def _raised(self, start: Proposal, up: float) -> tuple[Proposal, str]:
        typed = number_of(self.typed)
        storeys = round(typed) if typed is not None else start.storeys + round(up / start.storey_height)
        raised = replace(start, storeys=min(max(storeys, 1), _MAX_STOREYS))
        count = ngettext("{count} storey", "{count} storeys", raised.storeys).format(count=raised.storeys)
        shown = f"{self.typed}_" if self.typed else count
        rise = raised.mass.height - start.mass.height
        change = f", {rise:+.1f} m" if abs(rise) > 0.05 else ""
        return raised, f"{shown}   ({metres(raised.mass.height)}{change})"

    def _shown(self, words: str, unit: str) -> str:
        return f"{self.typed}_ {unit}" if self.typed else words

    def finish(self) -> None:
        """Let go: what is previewed becomes one command; nothing where nothing has changed."""
        app, moved, kind = self._app, self.dragged, self.kind
        start = app.tool.selected()
        self._forget()
        if moved is None or start is None or moved == start:
            app.show_proposals()
            return
        if kind == "move":
            app.tool.move(start, moved)
        elif kind == "turn":
            app.tool.change(start.id, {"rotation_deg": moved.rotation_deg})
        else:
            app.tool.change(start.id, {"storeys": moved.storeys})
        app.show_proposals()

    def finish_early(self) -> None:
        """Enter while a handle is held: take it as it is; the rest of the drag means nothing."""
        self.finish()
        self._is_ended = True

    def cancel(self) -> None:
        """Esc: everything stands where it stood."""
        if self.dragged is not None:
            self._forget()
            self._is_ended = True
            self._app.show_proposals()

    def _forget(self) -> None:
        self.kind, self.typed, self.dragged, self._words = "", "", None, ""


def nudged(start: Proposal, ahead: float, right: float, heading_deg: float) -> Proposal:
    """A proposal slid by metres as the viewer sees it: ahead along the nearest axis of the grid, and to the right."""
    quarter = round(heading_deg / 90.0) * 90.0
    s, c = sin(radians(quarter)), sin(radians(quarter + 90.0))
    east, north = ahead * s + right * c, ahead * c - right * s
    return replace(start, easting=round(start.easting + east, 3), northing=round(start.northing + north, 3))


def _east_words(east: float) -> str:
    words = _("{length:.1f} m east") if east >= 0.0 else _("{length:.1f} m west")
    return words.format(length=abs(east))


def _north_words(north: float) -> str:
    words = _("{length:.1f} m north") if north >= 0.0 else _("{length:.1f} m south")
    return words.format(length=abs(north))
