"""Certificates that nobody vouches for: refused before anything is sent, accepted one by one by the user."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.errors import CertificateRefused, DataError
from explorer.store import HttpStore, ServerBook, ServerKey, WebAccess, read_fingerprint
from tests.store.web import Reply, WebServer, made_certificate, serving


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificates")
    return made_certificate(folder, "one"), made_certificate(folder, "two")


@pytest.fixture
def server(certificates: tuple[Path, Path]) -> Iterator[WebServer]:
    with serving(lambda _asked: Reply(b"tile", headers={"Connection": "close"})) as server:
        server.use_certificate(certificates[0])
        yield server


def fingerprint_of(path: Path) -> str:
    """SHA-256 as the standard library and openssl count it."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(path.read_text().partition("-----BEGIN PRIV")[0])).hexdigest()


def refused(store: HttpStore) -> CertificateRefused:
    """How a store refuses its server."""
    with pytest.raises(CertificateRefused) as caught:
        store.read(store.root_uri)
    return caught.value


def test_an_unknown_certificate_is_refused_by_name_and_nothing_is_sent(
    server: WebServer, certificates: tuple[Path, Path]
) -> None:
    web = WebAccess()
    web.book.add_key(server.base, ServerKey((("Authorization", "Bearer s3cret"),)), keep=False)
    store = HttpStore(f"{server.base}/tileset.json", web=web)
    error = refused(store)
    assert (error.server, error.is_changed) == (server.base, False)
    assert error.fingerprint == fingerprint_of(certificates[0])
    assert "self-signed" in str(error) and f"127.0.0.1:{server.server_port}" in str(error)
    assert server.asked == []
    store.close()


def test_an_accepted_one_is_used_and_remembered(
    server: WebServer, certificates: tuple[Path, Path], tmp_path: Path
) -> None:
    path = tmp_path / "servers.json"
    ServerBook(path).accept(server.base, fingerprint_of(certificates[0]))
    store = HttpStore(f"{server.base}/tileset.json", web=WebAccess(book=ServerBook(path)))
    assert [store.read(store.root_uri) for _ in range(3)] == [b"tile"] * 3
    store.close()


def test_consent_in_the_middle_is_enough(server: WebServer) -> None:
    web = WebAccess()
    store = HttpStore(f"{server.base}/tileset.json", web=web)
    error = refused(store)
    web.book.accept(error.server, error.fingerprint)
    assert store.read(store.root_uri) == b"tile"
    store.close()


def test_a_certificate_accepted_for_one_server_is_not_for_another(
    server: WebServer, certificates: tuple[Path, Path]
) -> None:
    web = WebAccess()
    web.book.accept("https://127.0.0.1:1", fingerprint_of(certificates[0]))
    web.book.accept(f"{server.base}0", fingerprint_of(certificates[0]))
    store = HttpStore(f"{server.base}/tileset.json", web=web)
    refused(store)
    assert server.asked == []
    store.close()


def test_a_changed_certificate_is_refused_again(server: WebServer, certificates: tuple[Path, Path]) -> None:
    web = WebAccess()
    web.book.accept(server.base, fingerprint_of(certificates[0]))
    store = HttpStore(f"{server.base}/tileset.json", web=web)
    assert store.read(store.root_uri) == b"tile"
    server.use_certificate(certificates[1])
    error = refused(store)
    assert error.is_changed and error.fingerprint == fingerprint_of(certificates[1])
    assert "another certificate" in str(error)
    assert len(server.asked) == 1
    store.close()


def test_a_server_that_someone_vouches_for_is_simply_read(
    server: WebServer, certificates: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates[0]))  # as a city's own authority in the system's store
    store = HttpStore(f"{server.base}/tileset.json")
    assert store.read(store.root_uri) == b"tile"
    store.close()


def test_by_a_proxy_the_certificate_of_the_server_counts(server: WebServer, certificates: tuple[Path, Path]) -> None:
    with serving(lambda _asked: Reply(status=500)) as proxy:
        proxy.tunnels["tiles.invalid:443"] = server.server_port
        web = WebAccess(proxy=proxy.base)
        store = HttpStore("https://tiles.invalid/tileset.json", web=web)
        error = refused(store)
        assert (error.server, error.fingerprint) == ("https://tiles.invalid:443", fingerprint_of(certificates[0]))
        assert "server tiles.invalid shows" in str(error) and server.asked == []
        web.book.accept(error.server, error.fingerprint)
        web.book.add_key(error.server, ServerKey((("Authorization", "Bearer s3cret"),)), keep=False)
        assert store.read(store.root_uri) == b"tile"
        assert "s3cret" in repr(server.asked) and "s3cret" not in repr(proxy.asked)
        store.close()


def test_fingerprints_are_read_as_programs_write_them() -> None:
    assert read_fingerprint("AB:" * 31 + "CD") == "ab" * 31 + "cd"
    with pytest.raises(DataError, match="64"):
        read_fingerprint("ab" * 31)
