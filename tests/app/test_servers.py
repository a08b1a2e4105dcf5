"""Cities on servers that want a key or show a certificate of their own: by command line, and asked in the window."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from explorer.app import web
from explorer.cli import main
from explorer.render import Engine
from explorer.store import ServerKey, read_fingerprint
from tests.app.driver import Driver
from tests.store.test_certificates import fingerprint_of
from tests.store.web import Answering, Asked, Reply, WebServer, made_certificate, serving

pytestmark = pytest.mark.xdist_group("window")

SECRET = "s3cret-t0ken"


@pytest.fixture(autouse=True)
def home(kept_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CITIVERSE_HEADERS", raising=False)
    return kept_home


def town(folder: Path, is_open: Callable[[Asked], bool] = lambda _asked: True) -> Answering:
    """A town on a server, for those who may."""

    def answer(asked: Asked) -> Reply:
        if not is_open(asked):
            return Reply(status=401, headers={"WWW-Authenticate": "Bearer"})
        path = folder / asked.name.lstrip("/")
        return Reply(path.read_bytes()) if path.is_file() else Reply(status=404)

    return answer


def has_key(asked: Asked) -> bool:
    """With the secret as a bearer token or in the query."""
    return asked.headers.get("authorization") == f"Bearer {SECRET}" or f"key={SECRET}" in asked.path


@pytest.fixture
def locked(small_town: Path) -> Iterator[WebServer]:
    with serving(town(small_town, has_key)) as server:
        yield server


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return made_certificate(tmp_path, "one")


@pytest.fixture
def unknown(small_town: Path, certificate: Path) -> Iterator[WebServer]:
    with serving(town(small_town)) as server:
        server.use_certificate(certificate)
        yield server


@pytest.fixture
def driver(gl_engine: Engine, home: Path) -> Iterator[Driver]:
    driver = Driver(gl_engine, draws=False)
    yield driver
    driver.app.close(discard=True)


def nobody_reads(folder: Path) -> None:
    """The secret is in no file below a folder but in the one that is the user's own."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "servers.json":
            assert SECRET.encode() not in path.read_bytes(), path
        if path.suffix == ".cvscene":
            with zipfile.ZipFile(path) as scene:
                assert all(SECRET.encode() not in scene.read(name) for name in scene.namelist())


# -- by the command line -----------------------------------------------------------------------------------------------


def test_a_header_opens_a_server_in_this_run(
    locked: WebServer, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", locked.base, "--header", f"Authorization: Bearer {SECRET}"]) == 0
    nobody_reads(home)
    assert not list(home.rglob("servers.json"))
    monkeypatch.setenv("CITIVERSE_HOME", str(home.with_name("another")))
    assert main(["info", locked.base]) == 1
    assert "answered 401" in capsys.readouterr().err


def test_the_environment_may_say_the_header(locked: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITIVERSE_HEADERS", f"\nhttps://other.example X-Key: 1\nAuthorization: Bearer {SECRET}\n")
    assert main(["info", locked.base]) == 0


def test_a_key_in_the_address_is_in_no_scene_and_opens_the_scene(
    locked: WebServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = tmp_path / "a.cvscene"
    assert main(["scene", "new", f"{locked.base}/tileset.json?key={SECRET}", "-o", str(scene)]) == 0
    nobody_reads(tmp_path)
    assert main(["info", str(scene), "--json"]) == 0
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert json.loads(said.out)["layers"]


def test_a_header_for_nobody_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str], small_town: Path) -> None:
    assert main(["info", str(small_town), "--header", f"X-Key: {SECRET}"]) == 1
    said = capsys.readouterr().err
    assert "which server is meant" in said and SECRET not in said


def test_a_certificate_is_accepted_by_its_fingerprint_and_remembered(
    unknown: WebServer, certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", unknown.base]) == 1
    said = capsys.readouterr().err
    shown = said.partition("SHA-256 is ")[2].partition(". [")[0]
    assert read_fingerprint(shown) == fingerprint_of(certificate)
    assert main(["info", unknown.base, "--accept-certificate", "ab" * 32]) == 1
    assert main(["info", unknown.base, "--accept-certificate", shown]) == 0
    assert main(["--offline", "info", unknown.base]) == 0
    web.web_access().is_offline = web._is_forced_offline = False
    assert main(["info", unknown.base]) == 0


# -- in the window -----------------------------------------------------------------------------------------------------


def test_the_window_asks_for_the_key_and_opens(driver: Driver, locked: WebServer, tmp_path: Path) -> None:
    app = driver.app
    app.open_path(f"{locked.base}/tileset.json")
    driver.wait(lambda: app.view.server_question is not None)
    question = app.view.server_question
    assert question is not None and locked.base.partition("://")[2] in question.sentence
    question.secret = "wrong"
    app.answer_server(True)
    driver.wait(lambda: app.view.server_question not in (None, question))
    question = app.view.server_question
    assert question is not None
    question.secret = SECRET
    app.answer_server(True)
    driver.wait(lambda: app.place is not None)
    driver.settle()
    assert app.view.server_question is None
    app.save(str(tmp_path / "a.cvscene"))
    driver.wait(lambda: (tmp_path / "a.cvscene").is_file() and not app.jobs.is_busy)
    nobody_reads(tmp_path)
    assert SECRET not in repr(app.status.problems)
    assert app.known_servers == (locked.base,)
    app.forget_server(locked.base)
    assert not web.web_access().book.servers


def test_the_window_forgets_what_is_not_to_be_remembered(driver: Driver, locked: WebServer, home: Path) -> None:
    app = driver.app
    app.open_path(f"{locked.base}/tileset.json")
    driver.wait(lambda: app.view.server_question is not None)
    question = app.view.server_question
    assert question is not None
    question.kind, question.secret, question.is_kept = "query", SECRET, False
    app.answer_server(True)
    driver.wait(lambda: app.place is not None)
    assert not list(home.rglob("servers.json"))


def test_a_key_that_ends_while_flying_is_asked_for_once_and_the_tiles_come(
    driver: Driver, small_town: Path, locked: WebServer
) -> None:
    app = driver.app
    locked.answer = town(small_town, lambda asked: asked.name == "/tileset.json" or "index" in asked.name)
    app.open_path(f"{locked.base}/tileset.json")
    driver.wait(lambda: app.view.server_question is not None)
    driver.settle()
    locked.answer = town(small_town, has_key)
    question = app.view.server_question
    assert question is not None and app.tiles is not None and app.tiles.problems()
    question.secret = SECRET
    app.answer_server(True)
    tiles = app.tiles
    driver.wait(lambda: tiles.problems() == [] and tiles.loading == 0)
    assert app.view.server_question is None


def test_the_window_asks_about_a_certificate_and_no_means_no(
    driver: Driver, unknown: WebServer, certificate: Path
) -> None:
    app = driver.app
    for is_yes in (False, True):
        app.open_path(unknown.base)
        driver.wait(lambda: app.view.server_question is not None)
        question = app.view.server_question
        assert question is not None and question.fingerprint == fingerprint_of(certificate)
        assert unknown.asked == []
        app.answer_server(is_yes)
        driver.step(3)
        assert app.view.server_question is None and app.opener.is_busy == is_yes
    driver.wait(lambda: app.place is not None)


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("password", "jan", ServerKey((("Authorization", "Basic amFuOnMzY3JldC10MGtlbg=="),))),
        ("header", "X-Key", ServerKey((("X-Key", SECRET),))),
        ("query", "", ServerKey((), (("key", SECRET),))),
    ],
)
def test_each_kind_of_key_is_shown_as_servers_want_it(
    driver: Driver, locked: WebServer, kind: str, name: str, expected: ServerKey
) -> None:
    driver.app.open_path(f"{locked.base}/tileset.json")
    driver.wait(lambda: driver.app.view.server_question is not None)
    question = driver.app.view.server_question
    assert question is not None
    question.kind, question.name, question.secret = kind, name, SECRET
    driver.app.answer_server(True)
    assert web.web_access().book.key_of(locked.base) == expected


def test_a_header_that_is_none_is_refused_in_the_question(driver: Driver, locked: WebServer) -> None:
    driver.app.open_path(f"{locked.base}/tileset.json")
    driver.wait(lambda: driver.app.view.server_question is not None)
    question = driver.app.view.server_question
    assert question is not None
    question.kind, question.name, question.secret = "header", "not a name", SECRET
    driver.app.answer_server(True)
    assert driver.app.view.server_question is question and "header" in question.error
    assert SECRET not in question.error


def test_a_proxy_keeps_its_password_out_of_the_settings(driver: Driver, home: Path) -> None:
    driver.app.set_proxy(f"jan:{SECRET}@proxy.example:3128")
    assert driver.app.settings.proxy == "http://proxy.example:3128"
    assert web.web_access().proxy == "http://proxy.example:3128"
    nobody_reads(home)
    driver.app.set_proxy("socks5://x")
    assert "proxy" in driver.app.status.refusal and driver.app.settings.proxy == "http://proxy.example:3128"
    driver.app.set_proxy("")
    assert driver.app.settings.proxy == ""


def test_what_a_server_could_not_give_is_told_until_it_has_come(
    gl_engine: Engine, small_town: Path, home: Path
) -> None:
    is_well: list[bool] = []
    whole = town(small_town)

    def answer(asked: Asked) -> Reply:
        return whole(asked) if is_well or not asked.name.endswith(".glb") else Reply(status=404)

    with serving(answer) as server:
        driver = Driver(gl_engine, draws=False)
        app = driver.app
        app.view.show_welcome = False
        app.open_path(f"{server.base}/tileset.json")
        driver.wait(lambda: bool(app.ui.dialogs.notices) and bool(app.status.problems))
        is_well.append(True)

        def is_mended() -> bool:
            assert app.tiles is not None
            app.tiles.retry_failed()  # again: what was under way when the server became well may fail after the first
            driver.settle()
            driver.step(3)
            return app.ui.dialogs.notices == [] and app.status.problems == ()

        driver.wait(is_mended)
        app.close(discard=True)
