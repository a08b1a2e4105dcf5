"""Smooth motion that does not depend on the frame rate.

An exponential approach has an exact solution, so a second cut into 20 steps or into 200 ends in the same place.
"""

from __future__ import annotations

from math import exp

MAX_DT_SECS = 0.25
"""A longer frame (a stall, a sleeping laptop) counts as this much: nobody wants to be thrown across the city. [s]"""


def capped_dt(dt: float) -> float:
    """The time step as navigation uses it: never negative, never longer than `MAX_DT_SECS`; NaN counts as 0. [s]"""
    return min(dt, MAX_DT_SECS) if dt > 0.0 else 0.0


def remaining(rate: float, dt: float) -> float:
    """Share of the way that is still left after `dt` seconds at `rate` (1/s)."""
    return exp(-rate * dt)


def eased_velocity(velocity: float, goal: float, rate: float, dt: float) -> tuple[float, float]:
    """New velocity and distance gone in `dt` seconds, with the velocity approaching `goal` at `rate` (1/s).

    The distance is the exact integral of the velocity over the step. [m/s, m]
    """
    share = exp(-rate * dt)
    return goal + (velocity - goal) * share, goal * dt + (velocity - goal) * (1.0 - share) / rate


def wrapped_degrees(angle: float) -> float:
    """The same angle in [-180, 180)."""
    return (angle + 180.0) % 360.0 - 180.0


def smootherstep(t: float) -> float:
    """From 0 to 1 with no speed and no acceleration at either end (Perlin 2002)."""
    t = min(max(t, 0.0), 1.0)
    return t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
