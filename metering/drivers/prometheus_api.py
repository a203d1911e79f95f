"""Asks a Prometheus-compatible database for raw samples, each with its own instant; never a rate, never an increase."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, Self

import requests

from inventory.errors import Invalid, Unavailable
from metering.drivers.prometheus_address import Access

LONGEST = timedelta(days=1)  # of one query; longer ranges are asked in several
SHORTEST = timedelta(minutes=1)  # a range is not halved below this
LARGEST_BYTES = 256 * 1024 * 1024
EXACT = 2**53  # above, a floating-point number no longer tells one unit from the next

Sample = tuple[datetime, Decimal]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_TOO_MANY = re.compile(r"too many samples|-search\.max|max-(samples|chunks|estimated)|query limit", re.IGNORECASE)
_WHOLE = {"deny_partial_response": "1", "partial_response": "false", "nocache": "1"}
"""Words by which VictoriaMetrics and Thanos refuse to answer with a part of what they hold; the others ignore them."""


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """A series, by its labels in the order of their names."""

    labels: tuple[tuple[str, str], ...]

    def label(self, name: str) -> str | None:
        """The value of a label."""
        return dict(self.labels).get(name)

    def __str__(self) -> str:
        pairs = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in self.labels if name != "__name__"]
        return f"{self.label('__name__') or ''}{{{', '.join(pairs)}}}"


class TooMany(Exception):
    """A database refuses to load so many samples at once."""


class PrometheusApi:
    """One database, asked over one connection; not for several threads at once.

    ``timeout_s`` is for a whole query. Raises Invalid when the database refuses the selector, Unavailable when it
    cannot be asked, answers something else, or answers only a part.
    """

    def __init__(self, access: Access, environ: Mapping[str, str], timeout_s: float = 10) -> None:
        self.place = access.base_url
        self._timeout_s = timeout_s
        self._http = requests.Session()
        self._http.trust_env = False  # no .netrc may replace the token of the address
        self._http.verify = access.ca or True
        self._http.headers.update(access.headers(environ))
        self._http.auth = access.user_and_password(environ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def samples(self, selector: str, start: datetime, end: datetime) -> dict[Series, list[Sample]]:
        """The raw samples of [start, end) of every series that a selector finds, in the order of time.

        NaN and infinities, by which databases mark the end of a series, are left out.
        """
        found: dict[Series, dict[datetime, Decimal]] = {}
        for after, before in _spans(start, end):
            for series, samples in self._span(selector, after, before):
                found.setdefault(series, {}).update(samples)
        return {series: sorted(samples.items()) for series, samples in found.items()}

    def _span(self, selector: str, start: datetime, end: datetime) -> Iterator[tuple[Series, list[Sample]]]:
        try:
            yield from self._asked(selector, start, end)
        except TooMany:
            if end - start <= SHORTEST:
                raise Unavailable(f"{self.place} refuse de lire {selector} : trop de mesures à la fois.") from None
            middle = start + (end - start) / 2
            yield from self._span(selector, start, middle)
            yield from self._span(selector, middle, end)

    def _asked(self, selector: str, start: datetime, end: datetime) -> list[tuple[Series, list[Sample]]]:
        # A range is closed on the left before Prometheus 3 and open since: one millisecond more, and cut here.
        width_ms = -(-(end - start) // _MS) + 1
        asked = {"query": f"{selector}[{width_ms}ms]", "time": f"{_milliseconds(end) / Decimal(1000)}", **_WHOLE}
        return [
            (series, [(at, value) for at, value in samples if start <= at < end])
            for series, samples in self._matrix(self._posted(asked))
        ]

    def _posted(self, form: Mapping[str, str]) -> Any:
        deadline = time.monotonic() + self._timeout_s
        url = f"{self.place}/api/v1/query"
        try:
            with self._http.post(
                url, data=form, timeout=self._timeout_s, stream=True, allow_redirects=False
            ) as response:
                return self._document(response.status_code, self._body(response, deadline))
        except requests.Timeout:
            self._late()
        except (requests.RequestException, OSError, UnicodeError) as error:
            raise Unavailable(
                f"{self.place} ne répond pas ({_kind(error)}) ; vérifier l'adresse et le réseau."
            ) from None

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        body = bytearray()
        for piece in response.iter_content(65536):
            body += piece
            if time.monotonic() > deadline:
                self._late()
            if len(body) > LARGEST_BYTES:
                raise TooMany
        return bytes(body)

    def _document(self, status: int, body: bytes) -> Any:
        try:
            document = json.loads(body, parse_float=Decimal, parse_int=Decimal)
        except (ValueError, RecursionError):
            document = None
        if status == 200 and isinstance(document, dict) and document.get("status") == "success":
            if document.get("isPartial") or document.get("warnings"):
                raise Unavailable(
                    f"{self.place} ne répond qu'en partie{_said(document, 'warnings')} ; rien n'en est tiré."
                )
            return document.get("data")
        return self._refused(status, document if isinstance(document, dict) else {})

    def _refused(self, status: int, document: Mapping[str, Any]) -> NoReturn:
        said = _said(document, "error")
        if status in (401, 403):
            raise Unavailable(
                f"{self.place} refuse l'accès ({status}) ; vérifier le jeton, l'utilisateur et le tenant."
            )
        if (status == 422 and "too many" in said) or "-search.max" in said or ("exceeded" in said and status < 500):
            raise TooMany
        if status in (400, 422):
            raise Invalid(f"{self.place} ne comprend pas le sélecteur{said}.")
        if status == 404 or 300 <= status < 400:
            raise Unavailable(f"{self.place} n'a pas d'API Prometheus ({status}) ; vérifier l'adresse et son préfixe.")
        if status == 200:
            raise Unavailable(f"{self.place} répond autre chose que l'API de Prometheus{said} ; vérifier l'adresse.")
        raise Unavailable(f"{self.place} répond {status}{said}.")

    def _matrix(self, data: Any) -> list[tuple[Series, list[Sample]]]:
        try:
            if data["resultType"] != "matrix":
                raise ValueError
            return [(_series(each["metric"]), _samples(each.get("values", ()))) for each in data["result"]]
        except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation, OverflowError):
            raise Unavailable(f"{self.place} répond autre chose que des mesures brutes ; vérifier l'adresse.") from None

    def _late(self) -> NoReturn:
        waited = f"{self._timeout_s:.1f}".replace(".", ",")
        raise Unavailable(f"{self.place} ne répond pas en {waited} s ; vérifier l'adresse, le réseau et sa charge.")


def _spans(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        middle = min(end, start + LONGEST)
        yield start, middle
        start = middle


def _milliseconds(at: datetime) -> int:
    return -(-(at - _EPOCH) // _MS)


def _series(metric: Mapping[str, str]) -> Series:
    return Series(tuple(sorted((str(name), str(value)) for name, value in metric.items())))


def _samples(values: Sequence[tuple[Decimal, str]]) -> list[Sample]:
    read = ((_EPOCH + int(at * 1000) * _MS, Decimal(text)) for at, text in values)
    return [(at, value) for at, value in read if value.is_finite()]


def _said(document: Mapping[str, Any], key: str) -> str:
    said = document.get(key)
    text = " ; ".join(map(str, said)) if isinstance(said, list) else str(said or "")
    return f" ({' '.join(text.split())[:200]})" if text else ""


def _kind(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "certificat refusé"
    return "connexion refusée" if isinstance(error, requests.ConnectionError) else type(error).__name__
