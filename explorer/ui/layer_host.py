"""What the panels need of the application about layers: imagery, and colours by attribute."""

from __future__ import annotations

from typing import Protocol


class LayerHost(Protocol):
    """Layers, as panels see them; see `Host`."""

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
