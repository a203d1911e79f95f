"""A mail server and a web server of this machine that keep what they are sent, and fail as they are told to."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from dcops.demo.tls import Certificate

PASSWORD = "s3cret"


@dataclass
class Mailbox:
    """What a mail server was given; ``answer`` is what it says after a message, ``refused`` whom it does not know."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    answer: str = "250 OK"
    refused: set[str] = field(default_factory=set)
    secured: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    after: Callable[[], None] = field(default=lambda: None)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 inconnu ici"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("2"):
            content = envelope.content
            assert isinstance(content, bytes)
            letter = message_from_bytes(content, policy=default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
            assert server.transport is not None
            self.secured.append(server.transport.get_extra_info("ssl_object") is not None)
        self.after()
        return self.answer

    def authenticated(self, server: Any, session: Any, envelope: Any, mechanism: str, told: Any) -> AuthResult:
        assert isinstance(told, LoginPassword)
        self.logins.append(told.login.decode())
        return AuthResult(success=told.password.decode() == PASSWORD, handled=False)


def context_of(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


@contextmanager
def mail_server(
    security: str = "none", certificate: Certificate | None = None, login: bool = False
) -> Iterator[Mailbox]:
    """A mail server on loopback; ``login``: it wants a user."""
    box = Mailbox(port=free_port())
    tls = context_of(certificate) if certificate else None
    options: dict[str, Any] = {"authenticator": box.authenticated, "auth_required": login, "auth_require_tls": False}
    options |= {"tls_context": tls, "require_starttls": True} if security == "starttls" else {}
    options |= {"ssl_context": tls} if security == "tls" else {}
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Hook:
    """What was posted to a web server: (headers, body); ``status`` is what it answers, None: it cuts the line."""

    port: int = 0
    posted: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int | None = 204
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/dcops"


@contextmanager
def hook_server(certificate: Certificate | None = None) -> Iterator[Hook]:
    """A web server on loopback that keeps what is posted to it."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.posted.append((dict(self.headers), body))
            if hook.status is None:
                self.connection.close()
                return
            self.send_response(hook.status)
            for name, value in hook.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Not in the output of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        server.socket = context_of(certificate).wrap_socket(server.socket, server_side=True)
    hook.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def mute_server() -> Iterator[int]:
    """The port of a server that accepts, and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield int(listening.getsockname()[1])


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate_in(folder: Path) -> Certificate:
    """A certificate of this machine that its authority signed just now."""
    from dcops.demo.tls import make_certificate
    from inventory.clock import SystemClock

    return make_certificate(folder, SystemClock().now())


@contextmanager
def swallowing() -> Iterator[int]:
    """The port of a mail server that takes a whole letter, and cuts the line without a word of it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def serve() -> None:
            line, _ = listening.accept()
            with line, line.makefile("rwb", buffering=0) as said:
                said.write(b"220 ici\r\n")
                while (command := said.readline()) and not command.upper().startswith(b"DATA"):
                    said.write(b"250 OK\r\n")
                said.write(b"354 allez\r\n")
                while said.readline().rstrip() != b".":
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join(5)
