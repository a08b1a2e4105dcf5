"""The panels' doors to files: opening, saving, choosing, recovering, leaving."""

from __future__ import annotations

from pathlib import Path

from explorer.app.document import Document
from explorer.app.file_choosing import FileChooser
from explorer.app.finding import example_scene
from explorer.app.leaving import Leaving
from explorer.app.opening import Opener
from explorer.app.recovery import Recovery
from explorer.app.references import References
from explorer.app.scene_saver import SceneSaver
from explorer.app.server_questions import ServerQuestions
from explorer.ui import LeftWork


class FileDoors:
    """Doors only; the rooms are built by `Application`. Main thread only."""

    document: Document
    opener: Opener
    recovery: Recovery
    chooser: FileChooser
    leaving: Leaving
    saver: SceneSaver
    servers: ServerQuestions
    wants_quit: bool

    @property
    def scene_path(self) -> str:
        return str(self.document.path or "")

    @property
    def left_work(self) -> tuple[LeftWork, ...]:
        return self.recovery.left_work

    def open_path(self, path: str) -> None:
        self.opener.open(path, References())

    def open_town(self) -> None:
        self.opener.open_town()

    def open_example(self) -> None:
        self.open_path(str(example_scene()))

    def choose_open(self) -> None:
        self.chooser.ask_open(lambda path: self.open_path(str(path)))

    def cancel_opening(self) -> None:
        self.opener.cancel()

    def answer_crs(self, crs: str, offset: str = "") -> None:
        self.opener.answer_crs(crs, offset)

    def answer_server(self, is_yes: bool) -> None:
        self.servers.answer(is_yes)

    @property
    def known_servers(self) -> tuple[str, ...]:
        return self.servers.known

    def set_proxy(self, text: str) -> None:
        self.servers.set_proxy(text)

    def forget_server(self, server: str) -> None:
        self.servers.forget_server(server)

    def save(self, path: str | None = None, *, packed: bool = False) -> None:
        self.saver.save(Path(path) if path else None, packed=packed)

    def choose_save(self, *, packed: bool = False) -> None:
        self.saver.ask(packed=packed)

    def answer_unsaved(self, answer: str) -> None:
        self.leaving.answer(answer)

    def list_folder(self, path: str) -> None:
        self.chooser.go(path)

    def choose_file(self, path: str) -> None:
        self.chooser.choose(path)

    def cancel_choosing(self) -> None:
        self.chooser.cancel()

    def recover(self, number: int, accept: bool) -> None:
        self.recovery.decide(number, accept)

    def quit(self) -> None:
        self.leaving.ask("quit", self._quit)

    def _quit(self) -> None:
        self.wants_quit = True
