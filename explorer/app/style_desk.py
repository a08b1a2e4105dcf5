"""Colours by attribute in the window: what is asked is worked out on a worker, and drawn in the frame that follows."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.app.layer_styles import LayerStyles, read_style_file, take_style
from explorer.app.style_doubts import attribute_names, style_doubts
from explorer.errors import ExplorerError, FetchError, StyleError
from explorer.i18n import _
from explorer.jobs import Cancelled, Job
from explorer.layers.styling import (
    Attributes,
    DistinctFeatures,
    LegendRow,
    Style,
    counted,
    hidden_of,
    legend_rows,
    ours_of,
    read_style,
    style_by,
    style_text,
    summary_of,
    with_hidden,
)
from explorer.layers.styling.city_attributes import KIND
from explorer.scenario import ScenarioChanged, StyleLayer, TilesetLayer
from explorer.store import write_atomically
from explorer.viewstate import StyleLegend, StylingState

if TYPE_CHECKING:
    from explorer.app.application import Application
    from explorer.app.places import Place

ENDING = ".json"


class StyleDesk:
    """Keeps colours, legends and panel in step with the scene. Main thread only."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self.first = ""
        """The style file of the command line, for the place that is opened next; "": none."""
        self._styles: LayerStyles | None = None
        self.drawn: dict[str, Style] = {}
        """Styles that are on screen, by layer."""
        self._jobs: dict[str, Job[Any]] = {}
        """Under way, by what they do; a newer one takes the place of an older one."""
        self._was_loading = False

    @property
    def _view(self) -> StylingState:
        return self._app.view.styling

    # -- in step with the scene ----------------------------------------------------------------------------------------

    def begin(self, place: Place) -> None:
        """Style a place that was opened as the command line asked."""
        words, self.first = self.first, ""
        if words:
            try:
                take_style(place, None if words == "none" else Path(words))
            except ExplorerError as error:
                self._app.report(error)

    def show(self, place: Place) -> None:
        """Begin with a place that is open."""
        self._styles = LayerStyles(place)
        if place.layers:
            self.choose_layer(place.layers[0].layer.id)
        self.apply()

    def clear(self) -> None:
        """End with the place."""
        for job in self._jobs.values():
            job.cancel()
        self._jobs = {}
        self._styles, self.drawn = None, {}
        self._app.view.styling = StylingState()
        self._app.renderer.set_layer_styles({})

    def scenario_changed(self, _event: ScenarioChanged) -> None:
        """Show what is different."""
        self.apply()

    def apply(self) -> None:
        """Draw the scene's styles from the next frame on; first read the attributes that are not there yet."""
        app, known = self._app, self._styles
        if known is None or app.scenario is None:
            return
        styles = known.styles(app.scenario)
        for sentence in known.problems(app.scenario):
            app.status.problem(sentence)
        if styles == self.drawn:
            return
        if not known.are_there(styles):
            self._submit("load", lambda: known.load(styles), lambda _nothing: self.apply())
            return
        self.drawn = styles
        app.renderer.set_layer_styles(known.drawn(styles))
        self._show_legends({layer_id: legend_rows(style) for layer_id, style in styles.items()})
        self._count()
        self._doubt()
        app.pointing.show_meta()

    def update(self, *, is_loading: bool) -> None:
        """Each frame: once what is in view is there, look what attributes it has, and count where only that counts."""
        has_come, self._was_loading = self._was_loading and not is_loading, is_loading
        if self._styles is None or is_loading:
            return
        names = self._view.names
        if (names is None or (has_come and not names)) and "names" not in self._jobs:
            self._ask_names()
        if has_come and any(one not in self._styles.attributes for one in self.drawn):
            self._count()
            self._doubt()

    # -- legends -------------------------------------------------------------------------------------------------------

    def _show_legends(self, rows: dict[str, tuple[LegendRow, ...]]) -> None:
        scenario, known = self._app.scenario, self._styles
        if scenario is None or known is None:
            return
        legends = []
        for layer in scenario.layers:
            if rows.get(layer.id):
                ours = ours_of(layer.style)
                attribute, way = str(ours.get("attribute", "")), str(ours.get("way", ""))
                is_whole = layer.id in known.attributes
                legends.append(StyleLegend(layer.id, layer.name or layer.id, attribute, way, rows[layer.id], is_whole))
        self._view.legends = tuple(legends)

    def _count(self) -> None:
        """How many features each class has, over all of the data where an index says so."""
        styles = dict(self.drawn)
        tables = {layer_id: self._table_maker(layer_id) for layer_id in styles}

        def work() -> dict[str, tuple[LegendRow, ...]]:
            return {
                layer_id: counted(legend_rows(style), style, tables[layer_id]()) for layer_id, style in styles.items()
            }

        def done(rows: dict[str, tuple[LegendRow, ...]]) -> None:
            if styles == self.drawn:
                self._show_legends(rows)

        if styles:
            self._submit("count", work, done)

    def _table_maker(self, layer_id: str) -> Any:
        """A function that gives, on a worker, attributes of a layer's features, each once."""
        known = self._styles
        assert known is not None
        if layer_id in known.attributes:
            return known.attributes[layer_id].of_all
        return partial(DistinctFeatures, self._app.renderer.features_of_layer(layer_id))

    # -- what the panel asks -------------------------------------------------------------------------------------------

    def choose_layer(self, layer_id: str) -> None:
        """The panel is about this layer from now on."""
        self._view.layer_id, self._view.names, self._view.error = layer_id, None, ""
        if "names" in self._jobs:
            self._jobs.pop("names").cancel()

    def _ask_names(self) -> None:
        known, layer_id = self._styles, self._view.layer_id
        if known is None or layer_id not in known.layers:
            return
        layer, tables = known.layers[layer_id], self._app.renderer.features_of_layer(layer_id)

        def done(names: tuple[str, ...]) -> None:
            if self._view.layer_id == layer_id:
                self._view.names = names

        self._submit("names", lambda: attribute_names(layer, tables), done)

    def _doubt(self) -> None:
        """Say beside the legends what styles ask for that no feature has, until it is no longer so."""
        known, styles = self._styles, dict(self.drawn)
        tables = {layer_id: self._app.renderer.features_of_layer(layer_id) for layer_id in styles}

        def done(said: tuple[str, ...]) -> None:
            self._view.doubts = said

        if known is not None:
            self._submit("doubts", lambda: style_doubts(known, styles, tables.__getitem__), done)

    def colour_by(self, attribute: str, way: str = "") -> None:
        """Colour the panel's layer by an attribute; "": as the data says."""
        known, layer_id = self._styles, self._view.layer_id
        if known is None or layer_id not in known.layers:
            return
        if not attribute:
            self._app.execute(StyleLayer(layer_id, None))
            return
        city, table = known.attributes.get(layer_id), self._table_maker(layer_id)

        def work() -> dict[str, Any]:
            if city is not None:
                city.load([attribute, KIND])
            features: Attributes = table()
            summary = summary_of(attribute, features, is_whole=city is not None)
            return style_by(summary, way or ("steps" if summary.is_measured else "classes"))

        def done(plain: dict[str, Any]) -> None:
            if self._styles is known:
                self._app.execute(StyleLayer(layer_id, plain))

        self._submit("colour", work, done)

    def toggle_class(self, layer_id: str, number: int) -> None:
        """Hide a class, or show it again."""
        layer = self._layer(layer_id)
        if layer is None or layer.style is None:
            return
        try:
            plain = with_hidden(layer.style, hidden_of(layer.style) ^ {number})
        except StyleError as error:
            self._app.status.refuse(str(error))
        else:
            self._app.execute(StyleLayer(layer_id, plain))

    def take_text(self, text: str) -> None:
        """Style the panel's layer by what was typed."""
        try:
            style = read_style(text)
        except StyleError as error:
            self._view.error = str(error)
            return
        self._view.error = ""
        for note in style.notes:
            self._app.status.notice(note, is_passing=True)
        self._app.execute(StyleLayer(self._view.layer_id, dict(style.plain)))

    def choose_file(self) -> None:
        """Ask for a style file."""
        self._app.chooser.ask_open(self._take_file)

    def _take_file(self, path: Path) -> None:
        try:
            plain = read_style_file(path)
        except ExplorerError as error:
            self._view.error = str(error)
            self._app.report(error)
            return
        self._view.error = ""
        self._app.execute(StyleLayer(self._view.layer_id, plain))

    def save_file(self) -> None:
        """Ask for a name, and write the style of the panel's layer there."""
        layer = self._layer(self._view.layer_id)
        if layer is None or layer.style is None:
            return
        name = "".join(letter if letter.isalnum() else "-" for letter in layer.name or layer.id)
        self._app.chooser.ask_save(Path.home() / f"{name or 'style'}-style{ENDING}", partial(self._write, layer.style))

    def _write(self, plain: dict[str, Any], path: Path) -> None:
        path = path if path.suffix == ENDING else path.with_name(path.name + ENDING)
        try:
            write_atomically(path, f"{style_text(plain)}\n".encode())
        except FetchError as error:
            self._app.report(error)
        else:
            self._app.status.notice(_("Style saved. [{path}]").format(path=path), is_passing=True)

    def _layer(self, layer_id: str) -> TilesetLayer | None:
        scenario = self._app.scenario
        return next((one for one in scenario.layers if one.id == layer_id), None) if scenario is not None else None

    # -- on workers ----------------------------------------------------------------------------------------------------

    def _submit(self, what: str, work: Any, done: Any) -> None:
        if what in self._jobs:
            self._jobs[what].cancel()
        self._jobs[what] = self._app.jobs.submit(
            lambda _progress: work(), name=what, when_done=partial(self._end, what, done)
        )
        self._view.is_busy = bool(self._jobs.keys() & {"load", "colour"})

    def _end(self, what: str, done: Any, job: Job[Any]) -> None:
        if self._jobs.get(what) is not job:
            return
        del self._jobs[what]
        self._view.is_busy = bool(self._jobs.keys() & {"load", "colour"})
        if job.error is None:
            done(job.result())
        elif not isinstance(job.error, Cancelled):
            if what == "names":
                self._view.names = ()  # what cannot be read is not asked for in every frame
            self._app.report(job.error)
