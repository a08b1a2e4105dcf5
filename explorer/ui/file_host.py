"""What the panels need of the application about files: opening, saving, servers, and work that was left."""

from __future__ import annotations

from typing import Protocol

from explorer.ui.shown import LeftWork


class FileHost(Protocol):
    """Files and servers, as panels see them; see `Host`."""

    def open_path(self, path: str) -> None: ...
    def open_town(self) -> None: ...
    def open_example(self) -> None:
        """Open the scene that comes with the program."""
        ...

    def choose_open(self) -> None:
        """Ask for a file by the system's dialog or by `view.files`, and open it."""
        ...

    def cancel_opening(self) -> None:
        """Open no longer what is being opened or asked about."""
        ...

    def answer_crs(self, crs: str, offset: str = "") -> None:
        """Answer `view.crs_question`."""
        ...

    def answer_server(self, is_yes: bool) -> None:
        """Answer `view.server_question`, by what is typed into it."""
        ...

    @property
    def known_servers(self) -> tuple[str, ...]:
        """Servers of which a key or a certificate is kept."""
        ...

    def set_proxy(self, text: str) -> None: ...
    def forget_server(self, server: str) -> None: ...
    def save(self, path: str | None = None, *, packed: bool = False) -> None:
        """Save to a path, or where the scene came from; asks where there is none."""
        ...

    def choose_save(self, *, packed: bool = False) -> None:
        """Ask for a name, and save."""
        ...

    def answer_unsaved(self, answer: str) -> None:
        """Answer `view.asks_unsaved`: "save", "discard" or "cancel"."""
        ...

    def list_folder(self, path: str) -> None:
        """Show another folder in `view.files`."""
        ...

    def choose_file(self, path: str) -> None:
        """Take a line of `view.files`, or what was typed there."""
        ...

    def cancel_choosing(self) -> None: ...
    @property
    def scene_path(self) -> str: ...
    def recover(self, number: int, accept: bool) -> None:
        """Bring back, or throw away, one of `left_work`."""
        ...

    @property
    def left_work(self) -> tuple[LeftWork, ...]:
        """What can be brought back, newest first."""
        ...
