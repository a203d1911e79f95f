"""One HTTPS connection that is kept: a question is sent, its answer read whole, and the next one follows.

The usual clients spend more on each of thousands of small answers than their server does: here a head is a few lines.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import BadStatusLine, HTTPException, HTTPSConnection, IncompleteRead, RemoteDisconnected
from pathlib import Path
from typing import BinaryIO
from urllib.parse import SplitResult, unquote, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

_LONGEST_LINE, _MOST_LINES = 65536, 100


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as proxmoxer reads it."""

    status_code: int
    reason: str
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


@dataclass(frozen=True)
class Address:
    """Where to connect, through which proxy if any, whom to trust, and how long to wait for each word."""

    to: SplitResult
    proxy: str | None
    tls: ssl.SSLContext
    timeout_s: float

    def connect(self) -> KeptConnection:
        host, port = self.to.hostname or "", self.to.port or 443
        if self.proxy is None:
            made = HTTPSConnection(host, port, timeout=self.timeout_s, context=self.tls)
        else:
            through = urlsplit(self.proxy)
            made = HTTPSConnection(through.hostname or "", through.port, timeout=self.timeout_s, context=self.tls)
            made.set_tunnel(host, port, _credentials(through))
        made.connect()
        return KeptConnection(made)


class KeptConnection:
    """An open connection. Once ``over``, it carries no more."""

    def __init__(self, connection: HTTPSConnection) -> None:
        self._connection = connection
        self._file: BinaryIO = connection.sock.makefile("rb")
        self.over = False

    def ask(self, message: bytes) -> Answer:
        """Send a whole request and read its answer. Raises OSError or HTTPException, and is over then."""
        try:
            self._connection.sock.sendall(message)
            answer = self._read()
        except BaseException:
            self.over = True
            raise
        finally:
            if self.over:
                self.close()
        return answer

    def close(self) -> None:
        self.over = True
        self._file.close()
        self._connection.close()

    def _read(self) -> Answer:
        first = self._line()
        if not first:
            raise RemoteDisconnected("closed without an answer")
        version, status, reason = [*first.split(None, 2), "", ""][:3]
        if not version.startswith("HTTP/1.") or not status.isdecimal():
            raise BadStatusLine(first[:100])
        heads = dict(self._heads())
        self.over = version == "HTTP/1.0" or "close" in heads.get("connection", "").lower()
        return Answer(int(status), reason.strip(), self._body(heads))

    def _heads(self) -> Iterator[tuple[str, str]]:
        for _ in range(_MOST_LINES):
            line = self._line()
            if line in ("\r\n", "\n"):
                return
            name, colon, value = line.partition(":")
            if not colon:
                raise IncompleteRead(line.encode("latin-1"))
            yield name.lower(), value.strip()
        raise HTTPException("too many headers")

    def _line(self) -> str:
        line = self._file.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise HTTPException("line too long")
        return line.decode("latin-1")

    def _body(self, heads: dict[str, str]) -> bytes:
        if heads.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        if heads.get("content-length", "").isdecimal():
            return self._exactly(int(heads["content-length"]))
        self.over = True
        return self._file.read()

    def _chunks(self) -> Iterator[bytes]:
        while size := _size(self._line()):
            yield self._exactly(size)
            self._line()
        for _ in self._heads():  # what may follow the last chunk says nothing of the body
            pass

    def _exactly(self, size: int) -> bytes:
        read = self._file.read(size)
        if len(read) < size:
            raise IncompleteRead(read, size - len(read))
        return read


def tls(verify: bool | str | Path) -> ssl.SSLContext:
    """Whom to trust: the usual authorities, those of a file or folder, or anybody. Raises OSError for no such file."""
    if verify is False:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
    place = Path(DEFAULT_CA_BUNDLE_PATH if verify is True else verify)
    folder = place.is_dir()
    context = ssl.create_default_context(cafile=None if folder else str(place), capath=str(place) if folder else None)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Proxmox's own authorities lack what it wants
    return context


def _size(line: str) -> int:
    try:
        return int(line.partition(";")[0], 16)
    except ValueError:
        raise IncompleteRead(line.encode("latin-1")) from None


def _credentials(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
