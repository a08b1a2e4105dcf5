"""The Dear ImGui backend for Panda3D: draw data to geometry, window events to ImGui, and what ImGui did not want to the
application. Knows no city; the application tells it where its two shader files lie.
"""

from explorer.imgui_panda.backend import ImguiBackend
from explorer.imgui_panda.world_events import WorldEvent

__all__ = ["ImguiBackend", "WorldEvent"]
