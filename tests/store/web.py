"""Servers for tests, on this machine and without a name: plain ones, with a certificate of their own, and a proxy."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest


@dataclass(frozen=True)
class Asked:
    """A question that came."""

    path: str
    """With its query."""
    headers: dict[str, str]
    """Names in small letters."""

    @property
    def name(self) -> str:
        """The path alone."""
        return self.path.partition("?")[0]


@dataclass
class Reply:
    """What is answered."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: int | None = None
    """Break off after so many bytes of the body."""


Answering = Callable[[Asked], Reply]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebServer

    def do_GET(self) -> None:
        """Answer as the test says."""
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
        with self.server.lock:
            self.server.asked.append(asked)
            self.server.clients.add(self.client_address)
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        try:
            reply = self.server.answer(asked)
        finally:
            with self.server.lock:
                self.server.at_once -= 1
        self.send_response(reply.status)
        headers = {"Content-Length": str(len(reply.body)), **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.send_body(reply.body if reply.cut_at is None else reply.body[: reply.cut_at])
        if reply.cut_at is not None:
            self.close_connection = True

    def send_body(self, body: bytes) -> None:
        """All at once, or as slowly as the test wants."""
        speed = self.server.bytes_per_sec
        if speed is None:
            self.wfile.write(body)
            return
        step = max(speed // 20, 1)
        for at in range(0, len(body), step):
            self.wfile.write(body[at : at + step])
            self.wfile.flush()
            time.sleep(step / speed)

    def do_CONNECT(self) -> None:
        """Lead a tunnel to where the test says, if it does."""
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
        self.server.asked.append(asked)
        port = self.server.tunnels.get(self.path)
        if port is None:
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        with socket.create_connection(("127.0.0.1", port)) as other:
            back = threading.Thread(target=_pour, args=(other, self.connection), daemon=True)
            back.start()
            _pour(self.connection, other)
            back.join(10.0)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _pour(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


class WebServer(ThreadingHTTPServer):
    """Answers by a function and remembers what it was asked."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answer: Answering, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer = answer
        self.asked: list[Asked] = []
        self.clients: set[object] = set()
        """Both ends of each connection that came."""
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.tunnels: dict[str, int] = {}
        """As a proxy: host and port that are asked for, and the port of this machine where they are."""
        self.scheme = "http"
        self.bytes_per_sec: int | None = None

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that go away."""

    @property
    def base(self) -> str:
        """Its address."""
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def use_certificate(self, certificate: Path) -> None:
        """Speak TLS with this certificate and key, from the next connection on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.context = context
        self.scheme = "https"

    def get_request(self) -> tuple[object, object]:  # type: ignore[override]
        """A connection; one over TLS shakes hands in its own thread, at its first read."""
        connection, address = super().get_request()
        if self.scheme == "https":
            connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address


@contextmanager
def serving(answer: Answering, port: int = 0, bytes_per_sec: int | None = None) -> Iterator[WebServer]:
    """A server that runs meanwhile."""
    server = WebServer(answer, port)
    server.bytes_per_sec = bytes_per_sec
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def made_certificate(folder: Path, name: str) -> Path:
    """A certificate that nobody vouches for, with its key, in one file."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl, which makes the certificate, is not on this machine")
    path, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
         "-keyout", str(key), "-out", str(path), "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + key.read_text())
    return path


def forwarding(hosts: dict[str, int], seen: list[Asked]) -> Answering:
    """A proxy that leads names that nobody else knows to ports of this machine."""

    def answer(asked: Asked) -> Reply:
        seen.append(asked)
        parts = urlsplit(asked.path)
        connection = http.client.HTTPConnection("127.0.0.1", hosts[parts.netloc], timeout=10.0)
        connection.request("GET", parts.path, headers={"Host": parts.netloc})
        got = connection.getresponse()
        reply = Reply(got.read(), got.status)
        connection.close()
        return reply

    return answer
