"""The panels: every frame they read state and draw; what people do goes to the `Host` as commands.

`Ui(host).draw(size)` draws one frame into the current Dear ImGui context. Nothing here knows Panda3D, tiles or files.
"""

from explorer.ui.host import Host
from explorer.ui.panels import Ui
from explorer.ui.shown import Handles, LeftWork, LegendView, Measure, SearchHit
from explorer.ui.words import date_words, grouped, value_in_words

__all__ = [
    "Handles",
    "Host",
    "LeftWork",
    "LegendView",
    "Measure",
    "SearchHit",
    "Ui",
    "date_words",
    "grouped",
    "value_in_words",
]
