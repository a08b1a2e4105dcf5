"""Moving through the city: steps of a viewer's pose, pure and without a window.

Orbiting around what is under the pointer, flying, walking with gravity and walls, framing a box, and flights from one
camera to another. Everything here takes a state, a wish and a time step and gives the next state; who reads the mouse
lives elsewhere. Walking asks a `CollisionWorld`, which holds the finest triangles near the walker, never what
happens to be drawn.
"""

from explorer.navigation.collision import CollisionWorld
from explorer.navigation.collision_cell import Support
from explorer.navigation.flight import CameraFlight
from explorer.navigation.fly import FlyState, FlyWish
from explorer.navigation.framing import CLOSEST_M, NOTHING_COVERED, Sides, frame_bounds, frame_points
from explorer.navigation.orbit import OrbitState
from explorer.navigation.outlook import freest_heading
from explorer.navigation.walk_state import WalkState, WalkWish
from explorer.navigation.walker import Walker

__all__ = [
    "CLOSEST_M",
    "NOTHING_COVERED",
    "CameraFlight",
    "CollisionWorld",
    "FlyState",
    "FlyWish",
    "OrbitState",
    "Sides",
    "Support",
    "WalkState",
    "WalkWish",
    "Walker",
    "frame_bounds",
    "frame_points",
    "freest_heading",
]
