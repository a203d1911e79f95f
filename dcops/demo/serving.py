"""How the simulators speak HTTP on a real loopback socket, with any status and reason phrase, plain or over TLS."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dcops.demo.tls import Certificate


@dataclass(frozen=True)
class Question:
    """A request: ``path`` without its query, ``query`` last value wins, headers with lower-case names."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What goes over the wire. ``body`` is sent as JSON; None sends no body at all, as Proxmox does on errors."""

    status: int
    body: Any = None
    reason: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Responder = Callable[[Question], Answer]


class Server(ThreadingHTTPServer):
    """Answers each request in its own thread with ``respond``; what is not read only says so in ``methods``."""

    daemon_threads = True
    request_queue_size = 64
    methods = frozenset({"GET"})

    def __init__(self, host: str, port: int, certificate: Certificate | None, respond: Responder) -> None:
        super().__init__((host, port), _Handler)
        self.respond = respond
        self.scheme = "https" if certificate else "http"
        if certificate is not None:
            # The handshake happens in the request's thread: a silent client must not block the others.
            self.socket = _tls(certificate).wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def port(self) -> int:
        """The port listened on: the one given, or the free one the system chose for 0."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up or refuses the certificate is its own affair."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave together and at once: apart, each answer would wait 40 ms for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        asked = Question(parts.path, dict(parse_qsl(parts.query)), headers, self.command, body)
        refused = Answer(501, {"detail": f"{self.command} is not simulated."})
        self._send(self.server.respond(asked) if self.command in self.server.methods else refused)

    do_POST = do_PATCH = do_GET

    def _send(self, answer: Answer) -> None:
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status, answer.reason)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if body:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Simulators are silent: what matters is what their clients report."""


def _tls(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


@contextmanager
def in_thread(server: Server) -> Iterator[None]:
    """Serve in a thread until the block ends, then close the socket."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
