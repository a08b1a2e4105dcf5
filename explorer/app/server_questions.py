"""A server wants a key, or shows a certificate that nobody vouches for: the user is asked, once for each, and what was
refused is asked for again.
"""

from __future__ import annotations

import base64
import time
from functools import cached_property
from typing import TYPE_CHECKING

from explorer.app.references import References
from explorer.app.web import web_access
from explorer.errors import AccessRefused, CertificateRefused, FetchError
from explorer.i18n import _
from explorer.store import ServerKey, WebAccess, host_of, is_header, server_of, without_secrets
from explorer.viewstate import ServerQuestion

if TYPE_CHECKING:
    from explorer.app.application import Application


_ONCE_MORE_SECS = 1.0
"""Tiles that were refused just before the answer, and are told of just after it, are asked for again then."""


class ServerQuestions:
    """Asks by `ViewState.server_question`. Main thread only."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._waiting: list[AccessRefused | CertificateRefused] = []
        self._failed: tuple[str, References] | None = None
        """What could not be opened, to be opened again."""
        self._once_more_at: float | None = None

    def opening_failed(self, what: str, references: References) -> None:
        """Something named by the user could not be opened; perhaps an answer helps."""
        self._failed = (what, references)

    def opened(self) -> None:
        """Something could be."""
        self._failed = None

    @cached_property
    def _access(self) -> WebAccess:
        # kept: finding it looks at folders, which may be on a slow disk, and this is asked every frame
        return web_access()

    def update(self) -> None:
        """Ask the next question, if there is one."""
        self._waiting += self._access.take_refusals()
        if self._once_more_at is not None and time.monotonic() > self._once_more_at:
            self._once_more_at = None
            if self._app.tiles is not None:
                self._app.tiles.retry_failed()
        if self._app.opener.is_busy:  # it says soon whether it could be opened all the same
            return
        if self._waiting and self._app.view.server_question is None:
            self._app.view.server_question = _question(self._waiting.pop(0))

    def answer(self, is_yes: bool) -> None:
        """The user has answered; what cannot be is said in the question, which stays."""
        question = self._app.view.server_question
        if question is None:
            return
        if is_yes:
            try:
                self._take(question)
            except (ValueError, FetchError) as error:
                question.error = str(error)
                return
        self._app.view.server_question = None
        web_access().may_ask_again(question.server)
        if is_yes:
            self._again()

    def _take(self, question: ServerQuestion) -> None:
        """Raises `ValueError` in words; `FetchError` where it cannot be kept."""
        book = web_access().book
        if question.fingerprint:
            book.accept(question.server, question.fingerprint)
        else:
            book.add_key(question.server, _key(question), keep=question.is_kept)

    def _again(self) -> None:
        app = self._app
        failed, self._failed = self._failed, None
        if failed is not None:
            app.opener.open(*failed)
        elif app.place is not None and len(app.place.layers) < len(app.place.scenario.layers):
            if app.place.scene_path is not None:
                app.opener.open(str(app.place.scene_path), References())
            else:
                app.status.notice(_("Open it again to see the layer that was missing."))
        elif app.tiles is not None:
            app.tiles.retry_failed()
            self._once_more_at = time.monotonic() + _ONCE_MORE_SECS

    # -- settings ------------------------------------------------------------------------------------------------------

    def set_proxy(self, text: str) -> None:
        """Go to the web by this proxy; "": as the environment says. Its password is kept with the keys."""
        text = text.strip()
        address, headers, _query = without_secrets(text if not text or "://" in text else f"http://{text}")
        server = server_of(address)
        if address and not server:
            self._app.status.refuse(_("This is not the address of a proxy: write http://HOST:PORT."))
            return
        try:
            web_access().book.add_key(server, ServerKey(headers), keep=True)
        except FetchError as error:
            self._app.report(error)
        self._app.status.refuse("")
        self._app.change_settings(proxy=address)

    def forget_server(self, server: str) -> None:
        """Keep neither a key for a server nor a certificate of its."""
        try:
            web_access().book.forget(server)
        except FetchError as error:
            self._app.report(error)

    @property
    def known(self) -> tuple[str, ...]:
        """Servers of which something is kept."""
        return web_access().book.servers


def _question(error: AccessRefused | CertificateRefused) -> ServerQuestion:
    host = host_of(error.server)
    if isinstance(error, AccessRefused):
        return ServerQuestion(error.server, _("The server {host} answers only to who has a key.").format(host=host))
    if error.is_changed:
        text = _("The server {host} shows another certificate than the one you accepted ({why}). Somebody may stand "
                 "between you and the server; nothing was sent.")  # fmt: skip
    else:
        text = _("This computer does not trust the certificate of the server {host} ({why}). Nothing was sent.")
    return ServerQuestion(error.server, text.format(host=host, why=error.why), error.fingerprint, error.is_changed)


def _key(question: ServerQuestion) -> ServerKey:
    """What was typed, as it is shown to the server. Raises `ValueError` in words that do not repeat it."""
    name, secret = question.name.strip(), question.secret.strip()
    if not secret:
        raise ValueError(_("Type the key first."))
    if question.kind == "query":
        return ServerKey((), ((name or "key", secret),))
    if question.kind == "password":
        said = base64.b64encode(f"{name}:{secret}".encode()).decode()
        return ServerKey((("Authorization", f"Basic {said}"),))
    header = ("Authorization", f"Bearer {secret}") if question.kind == "token" else (name, secret)
    if not is_header(*header):
        raise ValueError(
            _("A header has a name of letters and digits, and its key has no accents or line breaks in it.")
        )
    return ServerKey((header,))
