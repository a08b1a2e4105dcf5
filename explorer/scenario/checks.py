"""What a scene can say and still be drawn, simulated and opened again: asked of files and of commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date

from explorer.errors import ScenarioError, quoted
from explorer.i18n import _
from explorer.scenario.records import ImageryLayer, Proposal, Record, Scene, Viewpoint

FIRST_YEAR, LAST_YEAR = 1583, 2999
"""What the sun is worked out for: the calendar of today, as far as the Earth's rotation can be foretold."""
OVER = ("ground", "roofs", "all")
"""What imagery may be draped over."""
MOST_COORDINATE = 1e9
"""Beyond this no map has a place, and single precision no pixels. [m, degrees]"""


def check_record(record: Record) -> None:
    """Refuse values that nothing could be drawn with. Whether a building's parameters give a solid is `check_mass`'s.

    Raises `ScenarioError` naming the field.
    """
    if isinstance(record, Scene):
        _check_head(record)
    elif isinstance(record, Proposal) and max(abs(record.easting), abs(record.northing), abs(record.base_height)) > (
        MOST_COORDINATE
    ):
        raise ScenarioError(_("It stands beyond all maps."))
    elif isinstance(record, ImageryLayer):
        if not 0.0 <= record.opacity <= 1.0:
            text = _("The opacity of the imagery “{name}” lies between 0 and 1.")
            raise ScenarioError(text.format(name=quoted(record.name or record.id)))
    elif isinstance(record, Viewpoint):
        v = record
        if not is_pose((v.easting, v.northing, v.height, v.heading_deg, v.pitch_deg, v.fov_y_deg)):
            raise ScenarioError(
                _("Nothing can be seen from the viewpoint “{name}”.").format(name=quoted(v.name or v.id))
            )


def is_day(text: str) -> bool:
    """Whether an ISO date is one that the sun can be worked out for."""
    try:
        return FIRST_YEAR <= Date.fromisoformat(text).year <= LAST_YEAR
    except ValueError:
        return False


def is_pose(numbers: Sequence[float]) -> bool:
    """Easting, northing, height, heading, pitch, field of view: whether somebody can see anything from there."""
    return len(numbers) == 6 and all(abs(value) < MOST_COORDINATE for value in numbers) and 1.0 <= numbers[5] <= 170.0


def _check_head(scene: Scene) -> None:
    if not is_day(scene.date):
        text = _("The scene's date cannot be {date}: it lies between the years {first} and {last}.")
        raise ScenarioError(text.format(date=repr(scene.date)[:60], first=FIRST_YEAR, last=LAST_YEAR))
    good = {
        "minute": 0 <= scene.minute < 1440,
        "camera": scene.camera is None or is_pose(scene.camera),
        "origin": all(abs(value) < MOST_COORDINATE for value in scene.origin),
        "imagery_over": scene.imagery_over in OVER,
        "eye_height": 0.1 <= scene.eye_height <= 100.0,
    }
    for name, is_good in good.items():
        if not is_good:
            text = _("The scene's {field} cannot be {value}.")
            raise ScenarioError(text.format(field=name, value=repr(getattr(scene, name))[:60]))
