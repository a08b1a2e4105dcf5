"""Keys and the commands behind them."""

from __future__ import annotations

import pytest

from explorer.i18n import set_language
from explorer.ui.keys import KEYS, press
from explorer.ui.words import clock_words, duration_words, kind_words, minute_of, value_words
from explorer.viewstate import FileList
from tests.ui.fake_host import FakeHost, full_scenario, select_proposal


@pytest.mark.parametrize(
    ("key", "ctrl", "door", "arguments"),
    [
        ("z", True, "undo", None),
        ("y", True, "redo", None),
        ("s", True, "save", None),
        ("o", True, "choose_open", None),
        ("d", True, "copy_selected", None),
        ("delete", False, "delete_selected", None),
        ("p", False, "set_tool", ("draw",)),
        ("b", False, "set_tool", ("block",)),
        ("home", False, "frame_city", None),
        ("f", False, "frame_selection", None),
        ("f4", False, "set_navigation", ("walk",)),
        ("enter", False, "finish_drawing", None),
    ],
)
def test_a_key_knocks_at_its_door(key: str, ctrl: bool, door: str, arguments: object) -> None:
    host = FakeHost(full_scenario())
    assert press(host, key, ctrl)
    assert host.calls == [(door, arguments)]


def test_shift_makes_save_ask_for_a_name() -> None:
    host = FakeHost(full_scenario())
    press(host, "s", True, True)
    press(host, "z", True, True)
    press(host, "home", False, True)  # who runs holds Shift
    assert host.calls == [("choose_save", None), ("frame_city", None)]


def test_a_key_without_meaning_is_left_to_others() -> None:
    host = FakeHost(full_scenario())
    assert not press(host, "w", False)
    assert not press(host, "p", True)
    assert host.calls == []


def test_number_keys_switch_the_variant() -> None:
    host = FakeHost(full_scenario())
    assert host.scenario is not None
    for key, variant in (("2", "variant-b"), ("0", None), ("1", "variant-a"), ("9", "variant-a")):
        press(host, key, False)
        assert host.scenario.scene.active_variant == variant


def test_every_key_is_safe_with_nothing_open() -> None:
    for known in KEYS:
        press(FakeHost(), known.key, known.ctrl)


def test_escape_always_steps_back() -> None:
    host = FakeHost(full_scenario())
    select_proposal(host)
    host.view.show_help, host.view.tool = True, "draw"
    host.view.files, host.view.asks_unsaved = FileList("Open"), "quit"
    press(host, "escape", False)
    assert not host.view.show_help and host.calls == []
    press(host, "escape", False)
    assert host.calls == [("cancel_choosing", None)]
    host.view.files = None
    press(host, "escape", False)
    assert host.asked("answer_unsaved") == [("cancel",)]
    host.view.asks_unsaved = ""
    press(host, "escape", False)
    assert host.view.tool == "select"
    press(host, "escape", False)
    assert host.asked("select_none") == [None]


def test_no_two_commands_share_a_key() -> None:
    shortcuts = [(known.key, known.ctrl, known.shift) for known in KEYS]
    assert len(shortcuts) == len(set(shortcuts))


def test_every_command_has_words_in_both_languages() -> None:
    for language in ("en", "nl"):
        set_language(language)
        assert all(known.words() and known.shown for known in KEYS)
    set_language("en")


@pytest.mark.parametrize(("hours", "words"), [(3.667, "3 h 40 min"), (-0.4167, "−0 h 25 min"), (0.0, "0 h 00 min")])
def test_hours_are_said_as_hours_and_minutes(hours: float, words: str) -> None:
    assert duration_words(hours) == words


@pytest.mark.parametrize(
    ("text", "minute"), [("00:00", 0), ("23:59", 1439), ("7", 420), ("24:00", None), ("7:75", None), ("", None)]
)
def test_a_time_is_read_as_people_write_it(text: str, minute: int | None) -> None:
    assert minute_of(text) == minute


def test_a_time_is_written_as_it_is_read() -> None:
    assert [minute_of(clock_words(m)) for m in (0, 61, 1439)] == [0, 61, 1439]


def test_an_unknown_kind_keeps_its_name() -> None:
    assert kind_words("Tunnel9") == "Tunnel9"


@pytest.mark.parametrize(
    ("value", "words"), [(None, "–"), (True, "yes"), (1.5, "1.5"), (2.0, "2"), (1924, "1924"), ("x", "x")]
)
def test_values_are_written_as_people_write_them(value: object, words: str) -> None:
    assert value_words(value) == words
