"""How a Proxmox is spoken to: proxmoxer over connections that are kept, with what never changes worked out once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
from proxmoxer import ProxmoxAPI
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ProtocolError

PARALLEL = 8
"""Configurations asked for at the same time: pveproxy has three workers by default, more only queue there."""


def connect(
    host: str, port: int, user: str, token_name: str, token: str, verify_tls: bool | Path, timeout_s: float
) -> Any:
    """The API of a Proxmox VE; nothing is asked yet."""
    api = ProxmoxAPI(
        host,
        port=port,
        user=user,
        token_name=token_name,
        token_value=token,
        verify_ssl=str(verify_tls) if isinstance(verify_tls, Path) else verify_tls,
        timeout=timeout_s,
    )
    api._store["session"] = KeptSession(api._backend.get_session(), api._backend.auth)
    return api


class KeptSession:
    """Asks as requests' session does, thousands of times: proxies, headers and token are the same each time."""

    def __init__(self, session: requests.Session, auth: Any) -> None:
        self._verify, self._timeout_s = auth.verify_ssl, auth.timeout
        self._session, self._adapter = session, HTTPAdapter(1, PARALLEL, pool_block=True)
        self._settings: Any = None
        asked = requests.Request("GET", "https://localhost", headers=session.headers, auth=auth)
        self._headers = session.prepare_request(asked).headers

    def request(self, method: str, url: str, data: Any = None, params: Any = None) -> requests.Response:
        """A question; one whose connection was closed under it, as an idle one may be, is put once more."""
        asked = requests.PreparedRequest()
        asked.prepare_method(method)
        asked.prepare_url(url, params)
        asked.headers = self._headers
        try:
            return self._send(asked)
        except requests.ConnectionError as error:
            if not isinstance(error.args[0], ProtocolError):
                raise
            return self._send(asked)

    def _send(self, asked: requests.PreparedRequest) -> requests.Response:
        if self._settings is None:
            self._settings = self._session.merge_environment_settings(asked.url or "", {}, False, self._verify, None)
        answer = self._adapter.send(asked, timeout=self._timeout_s, **self._settings)
        answer.content  # noqa: B018 - read it here: what is cut short is this question's failure
        return answer
