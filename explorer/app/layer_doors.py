"""The panels' doors to how the city's layers look: imagery on the ground, colours by attribute."""

from __future__ import annotations

from explorer.app.imagery_desk import ImageryDesk
from explorer.app.style_desk import StyleDesk


class LayerDoors:
    """Doors only; the rooms are built by `Application`. Main thread only."""

    imagery: ImageryDesk
    styles: StyleDesk

    # -- imagery -------------------------------------------------------------------------------------------------------

    @property
    def imagery_credit(self) -> str:
        return self.imagery.credit

    def add_imagery(self, text: str) -> None:
        self.imagery.add(text)

    def choose_imagery(self, name: str) -> None:
        self.imagery.choose(name)

    def ask_imagery_file(self) -> None:
        self.imagery.ask_file()

    # -- colours by attribute ------------------------------------------------------------------------------------------

    def choose_styled_layer(self, layer_id: str) -> None:
        self.styles.choose_layer(layer_id)

    def colour_by(self, attribute: str, way: str = "") -> None:
        self.styles.colour_by(attribute, way)

    def toggle_class(self, layer_id: str, number: int) -> None:
        self.styles.toggle_class(layer_id, number)

    def take_style_text(self, text: str) -> None:
        self.styles.take_text(text)

    def choose_style(self) -> None:
        self.styles.choose_file()

    def save_style(self) -> None:
        self.styles.save_file()
