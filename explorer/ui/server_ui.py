"""A server that wants a key, or whose certificate nobody vouches for; and what the settings say of servers."""

from __future__ import annotations

from imgui_bundle import imgui

from explorer.i18n import _
from explorer.store import host_of
from explorer.ui.host import Host
from explorer.ui.layout import Layout, dialog
from explorer.ui.widgets import Widgets
from explorer.viewstate import KEY_KINDS, ServerQuestion


def draw_server_question(host: Host, w: Widgets, layout: Layout) -> None:
    """Ask for the key, or for consent."""
    question = host.view.server_question
    if question is None:
        return
    if question.fingerprint:
        with dialog("server", _("Do you trust this server?"), layout, width=640.0):
            _certificate(host, w, question)
    else:
        with dialog("server", _("The server wants a key"), layout, width=640.0):
            _key(host, w, question)


def _certificate(host: Host, w: Widgets, question: ServerQuestion) -> None:
    w.text_wrapped(question.sentence)
    imgui.spacing()
    w.text_wrapped(_("Accept it only if whoever runs the server tells you that this is its SHA-256 fingerprint:"))
    digits = question.fingerprint.upper()
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    for row in range(0, len(pairs), 16):
        w.text_wrapped(":".join(pairs[row : row + 16]))
    if question.error:
        w.warning(question.error)
    imgui.spacing()
    if w.button(_("Do not connect"), "server_no", primary=True):
        host.answer_server(False)
    words = _("Accept the new certificate") if question.is_changed else _("Accept this certificate")
    w.flow(words)
    if w.button(words, "server_yes"):
        host.answer_server(True)


def _key(host: Host, w: Widgets, question: ServerQuestion) -> None:
    w.text_wrapped(question.sentence)
    imgui.spacing()
    kinds = {
        "token": _("Access token (bearer)"),
        "password": _("User name and password"),
        "query": _("Key in the address"),
        "header": _("Header of another name"),
    }
    at = w.combo(_("Kind of key"), "server_kind", [kinds[kind] for kind in KEY_KINDS], KEY_KINDS.index(question.kind))
    if KEY_KINDS[at] != question.kind:
        question.kind, question.name, question.error = KEY_KINDS[at], "", ""
    names = {"password": _("User name"), "query": _("Name, such as key or token"), "header": _("Name of the header")}
    if question.kind in names:
        _entered, question.name = w.input_text(names[question.kind], "server_name", question.name)
    label = _("Password") if question.kind == "password" else _("Key")
    committed, question.secret = w.input_secret(label, "server_secret", question.secret)
    question.is_kept = w.checkbox(_("Remember it on this computer"), "server_keep", question.is_kept)
    w.muted(_("It goes to this server only, and is in no scene."))
    if question.error:
        w.warning(question.error)
    imgui.spacing()
    if w.button(_("Connect"), "server_yes", primary=True, enabled=bool(question.secret.strip())) or (
        committed and question.secret.strip()
    ):
        host.answer_server(True)
    w.flow(_("Cancel"))
    if w.button(_("Cancel"), "server_no"):
        host.answer_server(False)


def draw_web_settings(host: Host, w: Widgets) -> None:
    """The proxy, and the servers of which a key or a certificate is kept."""
    committed, typed = w.input_text(_("Proxy"), "set_proxy", host.settings.proxy)
    if committed:
        host.set_proxy(typed)
    known = host.known_servers
    if not known:
        return
    w.muted(_("Servers with a key or certificate of their own:"))
    for number, server in enumerate(known[:8]):
        words = _("Forget {server}").format(server=host_of(server))
        if w.button(words, f"server_forget_{number}"):
            host.forget_server(server)
