"""Servers behind a proxy, named in the settings or by the environment."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from explorer.errors import FetchError
from explorer.store import HttpStore, ServerKey, WebAccess, server_of
from tests.store.web import Asked, Reply, forwarding, serving


@pytest.mark.parametrize("way", ["settings", "environment"])
def test_a_proxy_leads_to_servers_that_this_computer_cannot_find(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    seen: list[Asked] = []
    server = stack.enter_context(serving(lambda _asked: Reply(b"behind")))
    proxy = stack.enter_context(serving(forwarding({"tiles.invalid": server.server_port}, seen)))
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    web = WebAccess()
    if way == "settings":
        web.proxy = proxy.base
        web.book.add_key(server_of(proxy.base), ServerKey((("Authorization", "Basic amFuOnB3"),)), keep=False)
    else:
        monkeypatch.setenv("http_proxy", proxy.base)
    store = HttpStore("http://tiles.invalid/t.json", web=web)
    assert store.read(store.root_uri) == b"behind"
    assert seen[0].headers.get("proxy-authorization") == ("Basic amFuOnB3" if way == "settings" else None)
    store.close()


def test_a_server_on_this_computer_needs_no_proxy_of_the_settings(stack: ExitStack) -> None:
    server = stack.enter_context(serving(lambda _asked: Reply(b"here")))
    store = HttpStore(f"{server.base}/t.json", web=WebAccess(proxy="http://127.0.0.1:9"))
    assert store.read(store.root_uri) == b"here"
    store.close()


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "nonsense", "http://[x"])
def test_a_proxy_that_cannot_be_used_is_said_in_a_sentence(proxy: str) -> None:
    store = HttpStore("http://tiles.invalid/t.json", web=WebAccess(proxy=proxy))
    with pytest.raises(FetchError, match="proxy"):
        store.read(store.root_uri)
    store.close()
