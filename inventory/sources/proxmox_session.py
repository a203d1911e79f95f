"""How a Proxmox is spoken to: proxmoxer, over one kept connection per thread, with what never changes made once."""

from __future__ import annotations

import ssl
from http.client import HTTPException, IncompleteRead
from pathlib import Path
from threading import local
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import requests
from proxmoxer import ProxmoxAPI
from requests.utils import select_proxy

from inventory.sources.kept_connection import Address, Answer, KeptConnection, tls

PARALLEL = 4
"""Configurations asked for at the same time: pveproxy has three workers by default, and one question waits for them."""
_IN_PATHS = "/:@!$&'()*+,;=~%"


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


class KeptSession:
    """Asks as requests' session does, by its token, proxies and authorities; only reads (GET)."""

    def __init__(self, session: Any, url: str) -> None:
        asked = session.prepare_request(requests.Request("GET", url))
        settings = session.merge_environment_settings(url, {}, False, session.auth.verify_ssl, None)
        to, proxy = urlsplit(url), select_proxy(url, settings["proxies"])
        self._address = Address(to, proxy, tls(settings["verify"]), session.auth.timeout)
        kept = (f"{name}: {value}\r\n" for name, value in asked.headers.items() if name != "Accept-Encoding")
        self._heads = f"Host: {to.netloc}\r\n{''.join(kept)}\r\n"
        self._of_thread = local()

    def request(self, method: str, url: str, data: Any = None, params: Any = None) -> Answer:
        """One question. Raises as requests does."""
        if method != "GET" or data:
            raise RuntimeError("a Proxmox is only read")
        path = quote(urlsplit(url).path, _IN_PATHS) + (f"?{urlencode(params)}" if params else "")
        try:
            return self._ask(f"GET {path} HTTP/1.1\r\n{self._heads}".encode("latin-1"))
        except (OSError, HTTPException) as error:
            raise _as_requests(error) from error

    def _ask(self, message: bytes) -> Answer:
        """A question whose connection was closed under it, as one that was idle may be, is put once more."""
        kept: KeptConnection | None = getattr(self._of_thread, "kept", None)
        if kept is not None and not kept.over:
            try:
                return kept.ask(message)
            except (ConnectionError, ssl.SSLEOFError):
                pass
        self._of_thread.kept = self._address.connect()
        answer: Answer = self._of_thread.kept.ask(message)
        return answer


def _as_requests(error: Exception) -> Exception:
    """The error that requests would raise: what is told of it to a person is in ``faults``."""
    if isinstance(error, ssl.SSLError):
        return requests.exceptions.SSLError(error)
    if isinstance(error, TimeoutError):
        return requests.Timeout(error)
    if isinstance(error, IncompleteRead):
        return requests.exceptions.ChunkedEncodingError(error)
    return requests.ConnectionError(error) if isinstance(error, OSError) else ValueError(str(error))
