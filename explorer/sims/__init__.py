"""Simulations as pure functions on arrays: where the sun stands, how long it shines, what lies in the shade. No files,
no clocks, no windows, and of ours only `geo` and `errors`: what blocks a ray is asked through a callable. The methods
are published ones and are held to published figures by tests.
"""

from explorer.sims.solar import SolarPosition, SunTimes, solar_position, sun_direction, sun_vectors, sunrise_sunset
from explorer.sims.sunlight import Occluded, shadow_mask, sun_hours
from explorer.sims.times import DayTimes, local_instant, local_times

__all__ = [
    "DayTimes",
    "Occluded",
    "SolarPosition",
    "SunTimes",
    "local_instant",
    "local_times",
    "shadow_mask",
    "solar_position",
    "sun_direction",
    "sun_hours",
    "sun_vectors",
    "sunrise_sunset",
]
