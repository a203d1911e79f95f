"""Exceptions that wait for a person, as Prometheus reads them."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from dcops.monitoring.metrics import exposition
from dcops.wiring import Parts
from metering.exceptions.checking import validate
from metering.exceptions.decisions import Answer, decide
from metering.period import HOUR
from tests.conftest import NOW
from tests.metering.world import START, add_meter, add_rack, feed, steady


def waiting(parts: Parts) -> dict[str, float]:
    families = text_string_to_metric_families(exposition(parts).decode())
    [family] = [one for one in families if one.name == "dcops_meter_exceptions_open"]
    return {sample.labels["kind"]: sample.value for sample in family.samples}


def test_what_waits_is_counted_by_kind_until_it_is_decided(parts: Parts) -> None:
    with parts.database.transaction() as tx:
        meter = add_meter(tx, "a", add_rack(tx))
        feed(tx, meter, [*steady(START, 3, 1000), *steady(START + 4 * HOUR, 3, 1000, 63_000)], NOW)
    assert (waiting(parts)["high-limit"], waiting(parts)["reset"]) == (1, 0)
    with parts.database.transaction() as tx:
        decide(tx, 1, Answer("accept", "camille", "vu sur place"), NOW)
        validate(tx, NOW)
    assert set(waiting(parts).values()) == {0}
