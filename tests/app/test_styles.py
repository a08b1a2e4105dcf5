"""Colours by attribute in the real program: chosen, drawn in the next frame, undone, saved, and as pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.app.finding import open_place
from explorer.app.layer_styles import take_style
from explorer.app.picture import draw_picture, view_camera
from explorer.app.saving import save_place
from explorer.cli import main
from explorer.render import OFFICE, Engine
from explorer.scenario import StyleLayer, read_scene
from tests.app.driver import Driver

pytestmark = pytest.mark.xdist_group("window")


@pytest.fixture
def driver(opened: Driver) -> Driver:
    for layer in _layers(opened):
        opened.app.execute(StyleLayer(layer.id, None))
    opened.rest()
    return opened


def _layers(driver: Driver) -> Any:
    assert driver.app.scenario is not None
    return driver.app.scenario.layers


def _open(driver: Driver, path: Path) -> None:
    """Open another place; what is not saved is given up."""
    app, before = driver.app, driver.app.place
    app.open_path(str(path))
    driver.step(2)
    if app.view.asks_unsaved:
        app.answer_unsaved("discard")
    driver.wait(lambda: app.place is not None and app.place is not before)
    driver.settle()
    driver.rest()


def _difference(a: Any, b: Any) -> float:
    return float(np.abs(a.astype(int) - b).mean())


def test_an_attribute_of_the_index_colours_the_city_and_undo_takes_it_off(driver: Driver) -> None:
    app = driver.app
    before = driver.picture()
    names = app.view.styling.names
    assert names is not None and len(names) > 3
    driver.app.colour_by("storeys" if "storeys" in names else names[0])
    driver.rest()
    assert _difference(driver.picture(), before) > 2.0
    (legend,) = app.view.styling.legends
    assert legend.is_whole
    assert sum(row.count or 0 for row in legend.rows) > 50
    assert app.undo_label == "colour by attribute"
    app.undo()
    assert _difference(driver.picture(), before) < 0.5
    assert app.view.styling.legends == ()
    app.redo()
    assert len(app.view.styling.legends) == 1


def test_once_its_attributes_are_there_a_style_is_in_the_next_picture(driver: Driver) -> None:
    app = driver.app
    (layer,) = _layers(driver)
    app.colour_by("kind")
    driver.rest()

    def style(colour: str) -> dict[str, Any]:
        return {"color": {"conditions": [["${kind} === 'Building'", f"color('{colour}')"]]}}

    app.execute(StyleLayer(layer.id, style("red")))
    red = driver.picture().astype(int)
    app.execute(StyleLayer(layer.id, style("blue")))
    blue = driver.picture().astype(int)
    was_red = red[..., 0] > red[..., 2] + 80
    assert was_red.mean() > 0.02
    assert (blue[was_red][:, 2] > blue[was_red][:, 0] + 40).mean() > 0.95


def test_a_class_is_hidden_and_comes_back(driver: Driver) -> None:
    app = driver.app
    app.colour_by("kind")
    driver.rest()
    all_shown = driver.picture()
    (legend,) = app.view.styling.legends
    number = next(row.number for row in legend.rows if dict(row.about).get("value") == "Building")
    app.toggle_class(legend.layer_id, number)
    driver.step(2)
    assert app.view.styling.legends[0].rows[number].is_hidden
    assert _difference(driver.picture(), all_shown) > 2.0
    app.toggle_class(legend.layer_id, number)
    assert _difference(driver.picture(), all_shown) < 0.5


def test_a_style_that_is_none_is_refused_in_the_panel_and_nothing_changes(driver: Driver) -> None:
    app = driver.app
    app.take_style_text('{"color": "colour(\'red\')"}')
    assert "no function “colour”" in app.view.styling.error
    assert _layers(driver)[0].style is None
    app.take_style_text('{"color": "color(\'red\')"}')
    assert app.view.styling.error == ""
    assert _layers(driver)[0].style == {"color": "color('red')"}


def test_a_style_that_asks_for_what_no_feature_has_is_doubted_until_it_is_put_right(driver: Driver) -> None:
    app = driver.app
    for asked in ("kinds", "roofTypo"):
        app.take_style_text(json.dumps({"color": {"conditions": [[f"${{{asked}}} === 'x'", "color('red')"]]}}))
        driver.rest()
        (said,) = app.view.styling.doubts
        assert f"No feature has the attribute “{asked}”" in said
    assert "Did you mean “" in said
    app.take_style_text('{"color": {"conditions": [["${kind} === \'Building\'", "color(\'red\')"]]}}')
    driver.rest()
    assert app.view.styling.doubts == ()


def test_what_a_style_says_of_a_feature_in_words_is_said_of_the_selected_one(driver: Driver) -> None:
    app = driver.app
    assert app.place is not None and app.place.layers[0].index is not None
    house = next(one for one in app.place.layers[0].index.described() if one[2] == "Building")[0]
    app.take_style_text('{"meta": {"words": "\'A \' + ${kind} + \' of \' + ${id}"}}')
    driver.rest()
    app.pointing.select_feature(house)
    assert app.view.selected is not None
    assert app.view.selected.meta == (("words", f"A Building of {house}"),)
    app.take_style_text('{"meta": {"words": "1 + 1"}}')
    driver.rest()
    assert app.view.selected.meta == (("words", "2"),)
    driver.step(3)
    assert app.ui.widgets.log["style_meta"].value == (("words", "2"),)
    app.execute(StyleLayer(_layers(driver)[0].id, None))
    driver.rest()
    assert app.view.selected.meta == ()
    app.pointing.select_none()


def test_a_picture_that_is_drawn_anew_has_its_colours_again(driver: Driver) -> None:
    app = driver.app
    app.take_style_text('{"color": "color(\'red\')"}')
    driver.rest()
    before = driver.picture()
    app.anew.draw()
    driver.settle()
    driver.rest()
    assert _difference(driver.picture(), before) < 0.5


def test_styles_are_saved_with_the_scene_and_drawn_when_it_is_opened(driver: Driver, tmp_path: Path) -> None:
    app = driver.app
    app.colour_by("kind")
    driver.rest()
    style = _layers(driver)[0].style
    picture = driver.picture()
    path = tmp_path / "styled.cvscene"
    app.save(str(path))
    driver.wait(lambda: not app.has_unsaved_changes)
    assert read_scene(path).scenario.layers[0].style == style
    driver.open(str(path))
    driver.rest()
    assert _layers(driver)[0].style == style
    assert _difference(driver.picture(), picture) < 1.0


def test_a_scene_whose_style_is_broken_opens_in_the_datas_colours_and_says_so(driver: Driver, tmp_path: Path) -> None:
    app = driver.app
    plain = driver.picture()
    assert app.place is not None and app.scenario is not None
    (layer,) = _layers(driver)
    broken = dict(app.scenario.records) | {layer.id: replace(layer, style={"color": "colour('red')"})}
    path = tmp_path / "broken.cvscene"
    save_place(app.place, app.scenario.with_records(broken, 1), path, thumbnail=None, packed=False)
    _open(driver, path)
    assert any("cannot be used" in str(one) and "colour" in str(one) for one in app.status.problems)
    assert _difference(driver.picture(), plain) < 1.0


def test_a_window_opens_with_the_style_that_was_asked_for(driver: Driver, small_town: Path, tmp_path: Path) -> None:
    file = tmp_path / "style.json"
    file.write_text('{"color": "color(\'red\')"}')
    driver.app.styles.first = str(file)
    _open(driver, small_town)
    assert _layers(driver)[0].style == {"color": "color('red')"}
    driver.app.styles.first = str(tmp_path / "missing.json")
    _open(driver, small_town)
    assert _layers(driver)[0].style is None


def test_the_style_of_a_layer_is_written_to_a_file_that_is_read_again(driver: Driver, tmp_path: Path) -> None:
    app = driver.app
    app.take_style_text('{"color": "color(\'red\')", "show": "${kind} !== \'Road\'"}')
    app.save_style()
    driver.wait(lambda: app.view.files is not None and not app.view.files.is_reading)
    app.choose_file(str(tmp_path / "mine"))
    written = tmp_path / "mine.json"
    assert json.loads(written.read_text())["show"] == "${kind} !== 'Road'"
    app.execute(StyleLayer(_layers(driver)[0].id, None))
    app.choose_style()
    driver.wait(lambda: app.view.files is not None and not app.view.files.is_reading)
    app.choose_file(str(written))
    assert _layers(driver)[0].style == json.loads(written.read_text())


def test_a_picture_by_a_style_file_with_its_legend(gl_engine: Engine, small_town: Path, tmp_path: Path) -> None:
    file = tmp_path / "style.json"
    file.write_text(json.dumps({"color": {"conditions": [["${kind} === 'Building'", "color('#ff0000')"]]}}))

    def picture(style: Path | None, *, with_legend: bool = False) -> Any:
        place = open_place(str(small_town))
        take_style(place, style)
        camera = view_camera(place, "bird", 320, 200)
        found = draw_picture(
            place, camera, day="2026-06-21", minute=720.0, variant_id=None, with_legend=with_legend, engine=gl_engine,
            tier=OFFICE,
        )  # fmt: skip
        return found.astype(int)

    plain, red, legend = picture(None), picture(file), picture(file, with_legend=True)
    assert (red[..., 0] > red[..., 2] + 80).mean() > (plain[..., 0] > plain[..., 2] + 80).mean() + 0.02
    changed = (
        np.abs(legend - red).max(axis=-1) > 2
    )  # tiles share pages in the order they come in: the last bit may differ
    assert changed[100:, :160].any() and not changed[:100].any()


def test_a_picture_by_a_style_that_asks_for_what_no_feature_has_is_drawn_and_says_so(
    gl_engine: Engine, small_town: Path, tmp_path: Path
) -> None:
    file = tmp_path / "style.json"
    file.write_text('{"show": "${storey} !== 1"}')
    place = open_place(str(small_town))
    take_style(place, file)
    said: list[str] = []
    camera = view_camera(place, "bird", 160, 100)
    draw_picture(
        place, camera, day="2026-06-21", minute=720.0, variant_id=None, engine=gl_engine, tier=OFFICE,
        on_problem=said.append,
    )  # fmt: skip
    (sentence,) = said
    assert "“storey”" in sentence and "Did you mean “" in sentence


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("{", "line 1"),
        ('{"color": "color(\'rod\')"}', "color: Character 7: “rod” is no colour"),
        ("[]", "JSON object"),
    ],
)
def test_a_bad_style_file_is_refused_with_its_place(
    content: str | None, words: str, small_town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "style.json"
    if content is not None:
        path.write_text(content)
    assert main(["render", str(small_town), "--style", str(path), "-o", str(tmp_path / "p.png")]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert str(path) in said
    assert not (tmp_path / "p.png").exists()
