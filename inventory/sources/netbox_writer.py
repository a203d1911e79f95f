"""Writes to one NetBox: what is to change is read first, sent only where it differs, and read back after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import requests
from pynetbox import RequestError
from pynetbox.core.query import ContentError

from inventory.errors import Invalid, NotFound, Unavailable
from inventory.plan import Outdated
from inventory.sources.faults import FAILURES, explain, status_of
from inventory.sources.netbox_reader import PatientSession
from inventory.sources.netbox_requests import (
    ACCEPTED,
    IDENTITY,
    MACHINES,
    Request,
    Row,
    address,
    difference,
    headers,
    text,
)
from inventory.sources.netbox_rows import counts_disks_in_gb

_OFF = "l'écriture dans NetBox est désactivée : régler write = true dans la section [netbox], avec un jeton qui écrit."

_LIGHT = {"exclude": "config_context"}
"""A third of the time that NetBox takes to show a machine goes into what nothing here reads."""
_RIGHTS = {"GET": "view", "POST": "add", "PATCH": "change"}
"""The right that each method needs."""


@dataclass
class NetboxWriter:
    """One NetBox and the token that may write there; nothing is sent unless ``enabled``, reading always is.

    ``tag`` is the slug of a tag that is added to whatever is written, so that people know it there.
    """

    url: str
    token: str = field(repr=False)
    verify_tls: bool | Path
    timeout_s: float
    megabyte: Literal[1000, 1024]
    enabled: bool
    tag: str | None = None
    _lasting: dict[tuple[Any, ...], list[Row]] = field(default_factory=dict, init=False, repr=False)

    def check_enabled(self) -> None:
        """Raise Invalid, with the remedy, where the settings do not allow to write."""
        if not self.enabled:
            raise Invalid(_OFF)

    def rows(self, path: str, **filters: Any) -> list[Row]:
        """The objects of a list that NetBox finds. It ignores a filter that it does not know: check what it gives."""
        found = self._ask("GET", path, params={"limit": 1000, **_LIGHT, **filters}).json()
        try:
            return list(found["results"])
        except (TypeError, LookupError):
            raise Unavailable(f"NetBox ({self.url}) : liste {path} illisible ; vérifier l'adresse.") from None

    def lasting(self, path: str, **filters: Any) -> list[Row]:
        """Like ``rows``, asked once: for what plans look up and never create."""
        key = (path, *sorted(filters.items()))
        if key not in self._lasting:
            self._lasting[key] = self.rows(path, **filters)
        return self._lasting[key]

    @cached_property
    def disks_in_gb(self) -> bool:
        """Whether this NetBox counts disks in GB, too coarse for what is written here."""
        return counts_disks_in_gb(self._ask("GET", "status").json())

    def read(self, path: str) -> tuple[Row, str]:
        """An object and its version: its ETag, else (before NetBox 4.6) when it last changed. Raises NotFound."""
        answer = self._ask("GET", path, params=_LIGHT)
        row: Row = answer.json()
        return row, answer.headers.get("ETag") or str(row.get("last_updated"))

    def carry_out(self, request: Request) -> bool:
        """Do it, unless it is done already (False). Raises Outdated, Invalid when off, Unavailable when refused."""
        self.check_enabled()
        return self._create(request) if request.method == "POST" else self._patch(request)

    def like(self, request: Request) -> list[Row]:
        """The objects that are already what a creation would make, by name and place; names whatever their case."""
        return self._found(request.path, self._told(request))

    def _found(self, path: str, told: Mapping[str, Any]) -> list[Row]:
        query = {_filter(name): value for name, value in told.items() if isinstance(value, (str, int))}
        return [row for row in self.rows(path, **query) if _is(row, told)]

    def _told(self, request: Request) -> dict[str, Any]:
        """What identifies the object of a creation; the machine of a disk as its id."""
        told = {name: request.body.get(name) for name in IDENTITY[request.path]}
        machine = told.get("virtual_machine")
        if isinstance(machine, Mapping):
            found = self.like(Request("POST", MACHINES, machine))
            if not found:
                raise Outdated(f"NetBox : la machine « {machine['name']} » de ce disque n'y est plus.")
            told["virtual_machine"] = found[0]["id"]
        return told

    def _create(self, request: Request) -> bool:
        told = self._told(request)
        body = {**request.body, **told}
        for row in self._found(request.path, told):
            if wrong := difference(row, body):
                raise Outdated(
                    f"NetBox : {request.path}/{row['id']} existe déjà et diffère ({', '.join(wrong)}) ; "
                    "relancer le rapprochement."
                )
            return False
        made = self._send(request).json()
        self._verify(f"{request.path}/{made.get('id')}", body)
        return True

    def _patch(self, request: Request) -> bool:
        try:
            row, version = self.read(request.path)
        except NotFound:
            raise Outdated(f"NetBox : {request.path} n'existe plus ; relancer le rapprochement.") from None
        if not difference(row, request.body):
            return False
        if version != request.etag:
            raise Outdated(f"NetBox : {request.path} a changé depuis la revue du plan ; relancer le rapprochement.")
        self._send(request)
        self._verify(request.path, request.body)
        return True

    def _send(self, request: Request) -> requests.Response:
        return self._ask(request.method, request.path, data=text(request).encode(), headers=headers(request))

    def _verify(self, path: str, body: Mapping[str, Any]) -> None:
        """Read an object back, whatever NetBox answered to the write."""
        row, _ = self.read(path)
        if wrong := difference(row, body):
            raise Unavailable(
                f"NetBox a accepté l'écriture de {path} et n'en a pas tenu compte ({', '.join(wrong)}) ; vérifier "
                "ses règles de validation et ses webhooks."
            )

    @cached_property
    def _session(self) -> PatientSession:
        session = PatientSession(self.timeout_s)
        session.verify = str(self.verify_tls) if isinstance(self.verify_tls, Path) else self.verify_tls
        scheme = "Bearer" if self.token.startswith("nbt_") else "Token"
        session.headers["Authorization"] = f"{scheme} {self.token}"
        session.headers.update(ACCEPTED)
        return session

    def _ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """The answer to a request. Raises NotFound, Outdated (412), Unavailable in NetBox's own words."""
        try:
            answer = self._session.request(method, address(self.url, path), allow_redirects=False, **options)
            if answer.status_code >= 300:  # a POST that is sent elsewhere would become a GET
                raise RequestError(answer)
            _check_json(answer)
        except FAILURES as error:
            kind = {404: NotFound, 412: Outdated}.get(status_of(error) or 0, Unavailable)
            refusal = partial(_refusal, _RIGHTS[method])
            raise kind(explain(f"NetBox ({self.url}), {path}", error, self.timeout_s, self.token, refusal)) from None
        return answer


def _check_json(answer: requests.Response) -> None:
    try:
        document = answer.json()
    except ValueError:
        raise ContentError(answer) from None
    if not isinstance(document, dict):
        raise ValueError("not an object")


def _filter(name: str) -> str:
    """The filter of a list for a field of the objects that it tells."""
    return {"name": "name__ie", "slug": "slug"}.get(name, f"{name}_id")


def _is(row: Row, wanted: Mapping[str, Any]) -> bool:
    names = {name: value for name, value in wanted.items() if name == "name"}
    same_name = all(str(row.get(name)).casefold() == str(value).casefold() for name, value in names.items())
    return same_name and not difference(row, {name: value for name, value in wanted.items() if name not in names})


def _refusal(right: str, status: int, words: str) -> str:
    """What a refusal means for a person, with NetBox's own words and the right that is needed."""
    said = f" ({words})" if words else ""
    if status in (401, 403):
        return f"accès refusé{said} ; vérifier le jeton, qu'il peut écrire, et son droit « {right} » sur cet objet."
    if status == 404:
        return f"objet introuvable{said} ; vérifier les droits « view » du jeton, puis relancer le rapprochement."
    if status == 412:
        return "l'objet a changé pendant l'application du plan ; relancer le rapprochement."
    if status == 429:
        return f"trop de demandes{said} ; attendre, puis réessayer ce qui a échoué."
    if status >= 500:
        return f"erreur {status} du serveur{said} ; consulter son journal, puis réessayer ce qui a échoué."
    if status < 400:
        return f"redirection {status} ; écrire dans netbox.url l'adresse où il répond."
    return f"écriture refusée, erreur {status}{said} ; corriger dans NetBox ou dans la source, puis relancer."
