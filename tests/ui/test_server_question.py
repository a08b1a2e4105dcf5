"""The window that asks for a server's key, or for consent to its certificate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from imgui_bundle import imgui

from explorer.i18n import set_language
from explorer.ui.keys import press
from explorer.viewstate import KEY_KINDS, ServerQuestion
from tests.ui.fake_host import FakeHost, full_scenario
from tests.ui.imgui_fixture import Desk, imgui_context

SERVER = "https://tiles.example.org:443"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with imgui_context():
        imgui.get_io().config_flags |= imgui.ConfigFlags_.nav_enable_keyboard
        desk = Desk(FakeHost(full_scenario()))
        desk.frames(3)
        yield desk


def ask(desk: Desk, fingerprint: str = "") -> ServerQuestion:
    """Put the question."""
    question = ServerQuestion(SERVER, "A server wants something.", fingerprint)
    desk.host.view.server_question = question
    desk.frames(4)
    return question


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("kind", KEY_KINDS)
def test_every_kind_of_key_can_be_typed_and_is_written_down_nowhere(desk: Desk, kind: str, language: str) -> None:
    set_language(language)
    question = ask(desk)
    question.kind = kind
    desk.frames(2)
    assert not desk.log["server_yes"].enabled
    desk.click("server_secret")
    desk.type("s3cret")
    assert question.secret == "s3cret" and "s3cret" not in repr(question)
    assert "s3cret" not in repr(desk.log)
    desk.click("server_yes")
    assert desk.host.asked("answer_server") == [(True,)]
    set_language("en")


def test_enter_in_the_field_is_the_answer(desk: Desk) -> None:
    ask(desk)
    desk.click("server_secret")
    desk.type("s3cret")
    desk.key(imgui.Key.enter)
    assert desk.host.asked("answer_server") == [(True,)]


def test_enter_does_not_trust_a_server(desk: Desk) -> None:
    ask(desk, "ab" * 32)
    assert desk.ui.widgets.focused == "server_no"
    desk.key(imgui.Key.enter)
    assert desk.host.asked("answer_server") == [(False,)]


def test_esc_is_no(desk: Desk) -> None:
    ask(desk, "ab" * 32)
    press(desk.host, "escape", False)
    assert desk.host.asked("answer_server") == [(False,)]


def test_the_settings_forget_a_server_and_take_a_proxy(desk: Desk) -> None:
    desk.host.known_servers = (SERVER,)
    desk.host.view.show_settings = True
    desk.frames(4)
    desk.click("server_forget_0")
    assert desk.host.asked("forget_server") == [(SERVER,)]
    desk.click("set_proxy")
    desk.type("http://proxy:3128")
    desk.key(imgui.Key.enter)
    assert desk.host.asked("set_proxy") == [("http://proxy:3128",)]
