"""The Prometheus driver: addresses, the newest raw sample at its own instant, and every answer that is none."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from inventory.clock import Clock
from inventory.errors import DomainError, Invalid, Unavailable
from metering.drivers import DeviceReport
from metering.drivers.prometheus import PrometheusDriver
from metering.drivers.prometheus_address import parse
from metering.drivers.prometheus_api import PrometheusApi

NOW = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


class At(Clock):
    def now(self) -> datetime:
        return NOW


@contextmanager
def answering(*answers: tuple[int, bytes]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that gives these answers in turn, then the last one again; and the headers it was sent."""
    left, heard = list(answers), list[dict[str, str]]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(dict(self.headers) | {"body": self.rfile.read(int(self.headers["Content-Length"])).decode()})
            status, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()
            thread.join()


def matrix(*series: tuple[dict[str, str], list[tuple[datetime, str]]], **more: object) -> tuple[int, bytes]:
    result = [{"metric": labels, "values": [[at.timestamp(), value] for at, value in each]} for labels, each in series]
    document = {"status": "success", "data": {"resultType": "matrix", "result": result}, **more}
    return 200, json.dumps(document).encode()


def read(address: str, **environ: str) -> DeviceReport:
    return asyncio.run(PrometheusDriver(2, environ, At()).read(address, None))


def test_the_newest_sample_is_the_reading_at_its_own_instant() -> None:
    samples = [(NOW - timedelta(seconds=90), "12.3"), (NOW - timedelta(seconds=30), "12.4567"), (NOW, "NaN")]
    with answering(matrix(({"__name__": "e", "pdu": "a"}, samples))) as (place, heard):
        report = read(f'{place}?energy=e{{pdu=~"a.*"}}&scale=1000&token_env=T&tenant=me', T="secret")
    [point] = report.points
    assert (point.name, point.energy_wh, point.at) == ("inlet:1", 12456, NOW - timedelta(seconds=30))
    assert (heard[0]["Authorization"], heard[0]["X-Scope-OrgID"]) == ("Bearer secret", "me")
    assert "rate" not in heard[0]["body"]
    assert "increase" not in heard[0]["body"]


def test_several_series_are_named_and_never_added() -> None:
    sample = [(NOW, "1")]
    with (
        answering(matrix(({"__name__": "e", "o": "1"}, sample), ({"__name__": "e", "o": "2"}, sample))) as (place, _),
        pytest.raises(Unavailable, match=r'2 séries répondent à e.*e\{o="1"\} ; e\{o="2"\}'),
    ):
        read(f"{place}?energy=e")


def test_beyond_2_to_the_53_the_report_says_that_units_are_lost() -> None:
    with answering(matrix(({"__name__": "e"}, [(NOW, "9.007199254740993e+15")]))) as (place, _):
        assert "2^53" in read(f"{place}?energy=e").faults[0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((500, b"oops"), "répond 500"),
        ((503, b'{"status":"error","error":"too busy"}'), "répond 503 .too busy"),
        ((401, b""), "refuse l'accès"),
        ((302, b""), "pas d'API Prometheus"),
        ((404, b"<html>"), "pas d'API Prometheus"),
        ((400, b'{"status":"error","errorType":"bad_data","error":"parse error"}'), "sélecteur .parse error"),
        ((200, b"<html>hello</html>"), "autre chose que l'API de Prometheus"),
        ((200, b'{"status":"success","data":{"resul'), "autre chose que l'API de Prometheus"),
        ((200, b'{"status":"success","data":{"resultType":"vector","result":[]}}'), "autre chose que des mesures"),
        ((200, b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":3}]}}'), "autre chose que des"),
        (matrix(isPartial=True), "qu'en partie"),
        (matrix(warnings=["store down"]), "qu'en partie .store down"),
        (matrix(), "aucune mesure"),
        (matrix(({"__name__": "e"}, [(NOW, "NaN"), (NOW, "+Inf")])), "aucune mesure"),
    ],
)
def test_nothing_is_concluded_from_what_is_no_answer(answer: tuple[int, bytes], words: str) -> None:
    with answering(answer) as (place, _), pytest.raises(DomainError, match=words):
        read(f"{place}?energy=e")


def test_a_database_that_refuses_so_many_samples_is_asked_for_halves() -> None:
    refusal = 422, b'{"status":"error","error":"query processing would load too many samples into memory"}'
    early = matrix(({"__name__": "e"}, [(NOW, "1")]))
    late = matrix(({"__name__": "e"}, [(NOW + timedelta(minutes=40), "2")]))
    with answering(refusal, early, late) as (place, _), PrometheusApi(parse(f"{place}?energy=e").access, {}) as api:
        [samples] = api.samples("e", NOW, NOW + timedelta(hours=1)).values()
    assert samples == [(NOW, Decimal(1)), (NOW + timedelta(minutes=40), Decimal(2))]


def test_addresses() -> None:
    told = parse('https://h/p/?energy=e{a=~"x.+",b!="y"}&scale=1/3600&lookback=2h&point=outlet:3')
    assert (told.access.base_url, told.energy, told.scale) == ("https://h/p", 'e{a=~"x.+",b!="y"}', Fraction(1, 3600))
    assert (told.lookback, told.point) == (timedelta(hours=2), "outlet:3")


@pytest.mark.parametrize(
    "wrong",
    [
        "h?energy=e", "http://h", "http://h?energy=rate(e[5m])", "http://h?energy=e[5m]", "http://h?energy=e&scale=0",
        "http://h?energy=e&what=1", "http://h?energy=e&token_env=a-b", "http://h?energy=e&energy=f", "ftp://h?energy=e",
        "http://h?energy=e&lookback=1y", "http://h:99999?energy=e", "http://h?energy=e&password_env=X",
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid, match="invalide"):
        parse(wrong)


def test_a_secret_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(Invalid, match="aucun secret") as refused:
        parse("http://me:hunter2@h?energy=e")
    assert "hunter2" not in str(refused.value)
