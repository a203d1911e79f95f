"""How a Proxmox is spoken to: proxmoxer, over libcurl: one connection per thread, kept from question to question."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import Path
from threading import local
from typing import Any
from urllib.parse import urlencode

import pycurl
import requests
from proxmoxer import ProxmoxAPI
from proxmoxer.core import ProxmoxResource
from requests.utils import DEFAULT_CA_BUNDLE_PATH, requote_uri, select_proxy

PARALLEL = 4
"""Configurations asked for at the same time: pveproxy has three workers by default, and one question waits for them."""
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


def read(api: Any, path: str) -> Any:
    """What ``api`` tells at a path ("nodes/pve1/qemu/100/config"), that proxmoxer would join word by word each time."""
    return ProxmoxResource(**{**api._store, "base_url": f"{api._store['base_url']}/{path}"})._request("GET")


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
        self._of_thread = local()

    def request(self, method: str, url: str, data: Any = None, params: Any = None) -> Answer:
        """One question. Raises as requests does."""
        if method != "GET" or data:
            raise RuntimeError("a Proxmox is only read")
        curl, heads = self._kept(), list[bytes]()
        curl.setopt(pycurl.URL, requote_uri(f"{url}?{urlencode(params)}" if params else url))
        curl.setopt(pycurl.HEADERFUNCTION, heads.append)
        try:
            content = curl.perform_rb()
        except pycurl.error as error:
            raise _as_requests(error, bool(heads)) from error
        return Answer(curl.getinfo(pycurl.RESPONSE_CODE), content, heads)

    def _kept(self) -> pycurl.Curl:
        """The connection of this thread; libcurl opens it again when it was closed while idle."""
        kept: pycurl.Curl | None = getattr(self._of_thread, "curl", None)
        if kept is None:
            kept = self._of_thread.curl = pycurl.Curl()
            for option, value in self._options.items():
                kept.setopt(option, value)
        return kept


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
