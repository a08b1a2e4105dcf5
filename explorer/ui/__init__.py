"""The panels: every frame they read state and draw; what people do goes to the `Host` as commands.

`Ui(host).draw(size)` draws one frame into the current Dear ImGui context. Nothing here knows Panda3D, tiles or files.
"""

from explorer.ui.host import Host, LeftWork, LegendView, SearchHit
from explorer.ui.panels import Ui

__all__ = ["Host", "LeftWork", "LegendView", "SearchHit", "Ui"]
