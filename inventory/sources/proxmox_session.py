"""How a Proxmox is spoken to: proxmoxer, over libcurl: few connections, kept from question to question."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from math import ceil
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import pycurl
import requests
from proxmoxer import ProxmoxAPI
from proxmoxer.core import ProxmoxResource
from requests.utils import DEFAULT_CA_BUNDLE_PATH, requote_uri, select_proxy

PARALLEL = 4
"""Configurations asked for at the same time: pveproxy has three workers by default, and one question waits for them."""
Mark = TypeVar("Mark")
_MOMENT_S = 0.1
_CUT = {pycurl.E_PARTIAL_FILE, pycurl.E_RECV_ERROR}
_NOT_HTTP = {pycurl.E_UNSUPPORTED_PROTOCOL, pycurl.E_FTP_WEIRD_SERVER_REPLY}


def connect(
    host: str, port: int, user: str, token_name: str, token: str, verify_tls: bool | Path, timeout_s: float
) -> Any:
    """The API of a Proxmox VE; nothing is asked yet. Raises OSError for a file of authorities that is none."""
    api = ProxmoxAPI(
        host,
        port=port,
        user=user,
        token_name=token_name,
        token_value=token,
        verify_ssl=str(verify_tls) if isinstance(verify_tls, Path) else verify_tls,
        timeout=timeout_s,
    )
    api._store["session"] = KeptSession(api._store["session"], api._store["base_url"])
    return api


def read_each(api: Any, questions: Iterable[tuple[Mark, str]]) -> Iterator[tuple[Mark, Callable[[], Any]]]:
    """What ``api`` tells at each path ("nodes/pve1/qemu/100/config"), ``PARALLEL`` at a time, as its answers come.

    Of each (mark, path): the mark, and what gives the data of the answer or raises as proxmoxer does. A question is
    drawn when it can leave.
    """
    session, base = api._store["session"], api._store["base_url"]
    for mark, answer in session.each((mark, f"{base}/{path}") for mark, path in questions):
        yield mark, partial(ProxmoxResource(**{**api._store, "session": _Answered(answer)})._request, "GET")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as proxmoxer reads it."""

    status_code: int
    content: bytes
    heads: list[bytes]

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    @property
    def reason(self) -> str:
        """The words of the last status line, where Proxmox says why it refuses."""
        statuses = [head for head in self.heads if head.startswith(b"HTTP/")]
        return statuses[-1].decode("latin-1").partition(" ")[2].partition(" ")[2].strip() if statuses else ""


@dataclass(frozen=True, slots=True)
class _Answered:
    """A session for a question that is answered already."""

    answer: Answer | Exception

    def request(self, *_: Any, **__: Any) -> Answer:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class _Line:
    """A handle of libcurl for one question after the other; libcurl opens its connection again when it was closed."""

    def __init__(self, options: dict[int, Any]) -> None:
        self.curl = pycurl.Curl()
        self._heads: list[bytes] = []
        self._pieces: list[bytes] = []
        heard = {pycurl.HEADERFUNCTION: self._heads.append, pycurl.WRITEFUNCTION: self._pieces.append}
        for option, value in (options | heard).items():
            self.curl.setopt(option, value)

    def ask(self, url: str) -> None:
        """Have ``url`` asked for next."""
        self._heads.clear()
        self._pieces.clear()
        self.curl.setopt(pycurl.URL, requote_uri(url))

    def answer(self) -> Answer:
        """The answer that has come."""
        return Answer(self.curl.getinfo(pycurl.RESPONSE_CODE), b"".join(self._pieces), list(self._heads))

    def failure(self, error: pycurl.error) -> Exception:
        """What requests would raise instead."""
        return _as_requests(error, bool(self._heads))


class KeptSession:
    """Asks as requests' session does, by its token, proxies and authorities; only reads (GET).

    requests works out again, for each of thousands of small answers, what never changes: more than their server spends.
    """

    def __init__(self, session: Any, url: str) -> None:
        asked = session.prepare_request(requests.Request("GET", url))
        settings = session.merge_environment_settings(url, {}, False, session.auth.verify_ssl, None)
        heads = [f"{name}: {value}" for name, value in asked.headers.items() if name != "Accept-Encoding"]
        self._options = {
            pycurl.HTTPHEADER: heads,
            pycurl.PROXY: select_proxy(url, settings["proxies"]) or "",
            pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,  # a later one has no words beside its status
            pycurl.NOSIGNAL: 1,
            **_patience(session.auth.timeout),
            **_trust(settings["verify"]),
        }

    def request(self, method: str, url: str, data: Any = None, params: Any = None) -> Answer:
        """One question. Raises as requests does."""
        if method != "GET" or data:
            raise RuntimeError("a Proxmox is only read")
        self._line.ask(f"{url}?{urlencode(params)}" if params else url)
        try:
            self._line.curl.perform()
        except pycurl.error as error:
            raise self._line.failure(error) from error
        return self._line.answer()

    @cached_property
    def _line(self) -> _Line:
        return _Line(self._options)

    def each(self, questions: Iterable[tuple[Mark, str]]) -> Iterator[tuple[Mark, Answer | Exception]]:
        """The answer to each (mark, URL), ``PARALLEL`` at a time, as they come; or what requests would raise."""
        waiting, multi = iter(questions), pycurl.CurlMulti()
        free = [_Line(self._options) for _ in range(PARALLEL)]
        asked: dict[pycurl.Curl, tuple[_Line, Mark]] = {}
        while True:
            while free and (question := next(waiting, None)) is not None:
                mark, url = question
                line = free.pop()
                line.ask(url)
                multi.add_handle(line.curl)
                asked[line.curl] = line, mark
            if not asked:
                return
            for curl, error in _ended(multi):
                multi.remove_handle(curl)
                line, mark = asked.pop(curl)
                free.append(line)
                yield mark, line.answer() if error is None else line.failure(error)


def _ended(multi: pycurl.CurlMulti) -> list[tuple[pycurl.Curl, pycurl.error | None]]:
    """What has ended, well or not; waits a moment when nothing has."""
    multi.perform()
    left, ended = 1, list[tuple[pycurl.Curl, pycurl.error | None]]()
    while left:
        left, well, badly = multi.info_read()
        ended += [(curl, None) for curl in well]
        ended += [(curl, pycurl.error(code, words)) for curl, code, words in badly]
    if not ended and multi.select(_MOMENT_S) < 0:  # nothing to listen to yet, while a name is looked up
        time.sleep(_MOMENT_S / 10)
    return ended


def _patience(timeout_s: float) -> dict[int, int]:
    """How long to wait for a connection, then for a next byte (in whole seconds, as libcurl counts them)."""
    return {
        pycurl.CONNECTTIMEOUT_MS: ceil(timeout_s * 1000),
        pycurl.LOW_SPEED_LIMIT: 1,
        pycurl.LOW_SPEED_TIME: ceil(timeout_s),
    }


def _trust(verify: bool | str) -> dict[int, Any]:
    """Whom to trust: the usual authorities, those of a file or folder, or anybody. Raises OSError for no such file."""
    if verify is False:
        return {pycurl.SSL_VERIFYPEER: 0, pycurl.SSL_VERIFYHOST: 0}
    place = Path(DEFAULT_CA_BUNDLE_PATH if verify is True else verify)
    if place.is_dir():
        return {pycurl.CAPATH: str(place)}
    place.open().close()
    return {pycurl.CAINFO: str(place)}


def _as_requests(error: pycurl.error, begun: bool) -> Exception:
    """The error that requests would raise, for an answer that had ``begun`` or not: ``faults`` tells it to a person."""
    code = error.args[0]
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        return requests.exceptions.SSLError(error)
    if code == pycurl.E_SSL_CACERT_BADFILE:
        return OSError(error)
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return requests.Timeout(error)
    if code in _CUT and begun:
        return requests.exceptions.ChunkedEncodingError(error)
    return ValueError(str(error)) if code in _NOT_HTTP else requests.ConnectionError(error)
