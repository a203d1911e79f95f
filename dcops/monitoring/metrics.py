"""What Prometheus reads: one pass over the database at each scrape, on a registry of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dcops.alerts import store as alert_store
from dcops.alerts.rules import RULES, SEVERITIES
from dcops.monitoring import store
from dcops.monitoring.exceptions import exception_metrics
from dcops.monitoring.polling import polling_metrics
from dcops.support import hours
from dcops.wiring import Parts
from inventory import store as inventory_store
from inventory.clock import civil_date
from inventory.orm import Transaction
from metering.collection.watch_store import last_readings


def exposition(parts: Parts) -> bytes:
    """Every metric in the Prometheus text format, UTF-8."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DatabaseCollector(parts))
    return generate_latest(registry)


UNBILLED = frozenset(
    {"vm.unbilled", "vm.after-end", "vm.oversized", "rack.squatter", "backup.unbilled", "av.over-seats"}
)
"""The rules whose euros are of things delivered and sold to nobody."""


STALE = timedelta(hours=2)
"""After this, the power of a silent PDU is no longer told: a line that stays flat looks like a measure."""


class DatabaseCollector(Collector):
    """Reads the database when it is collected; label values are bounded by what exists there."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def describe(self) -> list[Metric]:
        """Nothing is read at registration."""
        return []

    def collect(self) -> Iterator[Metric]:
        now = self.parts.clock.now()
        interval = timedelta(seconds=self.parts.settings.metering.poll_interval_s)
        with self.parts.database.transaction() as tx:
            yield from _energy(tx, now, now - max(STALE, 3 * interval))
            yield _space(tx, now)
            yield from _findings(tx)
            yield from _sources(tx)
            yield from _jobs(tx)
            yield _hours(tx, now)
            yield from polling_metrics(tx, self.parts)
            yield exception_metrics(tx)
            yield from _alerts(tx, [channel.name for channel in self.parts.settings.alerts.channels])


def _energy(tx: Transaction, now: datetime, not_before: datetime) -> Iterator[Metric]:
    power = GaugeMetricFamily(
        "dcops_rack_power_watts", "Power of a rack's feed at its last reading", labels=["rack", "feed"]
    )
    energy = CounterMetricFamily("dcops_meter_energy_wh", "Register of a meter in Wh", labels=["meter"])
    at = GaugeMetricFamily("dcops_meter_last_reading_timestamp_seconds", "When a meter was last read", labels=["meter"])
    watts: dict[tuple[str, str], int] = {}
    for last in last_readings(tx, now):
        energy.add_metric([last.meter], last.reading.wh)
        at.add_metric([last.meter], last.reading.at.timestamp())
        if last.reading.power_w is not None and last.scope == "rack" and last.reading.at >= not_before:
            place = last.rack or "", last.feed or ""
            watts[place] = watts.get(place, 0) + last.reading.power_w
    for place, value in sorted(watts.items()):
        power.add_metric(place, value)
    yield from (power, energy, at)


def _space(tx: Transaction, now: datetime) -> Metric:
    units = GaugeMetricFamily("dcops_rack_units", "Rack units of the whole site by state", labels=["state"])
    for state, value in store.rack_units(tx, civil_date(now)).items():
        units.add_metric([state], value)
    return units


def _findings(tx: Transaction) -> Iterator[Metric]:
    count = GaugeMetricFamily("dcops_findings_open", "Differences not yet settled", labels=["rule"])
    euros = GaugeMetricFamily(
        "dcops_findings_eur_per_year", "Yearly euros of differences not yet settled", labels=["rule"]
    )
    unbilled = GaugeMetricFamily("dcops_billing_unbilled_eur", "Yearly euros of what runs and is on no bill", labels=())
    missed = 0.0
    for rule, number, amount in store.open_findings(tx):
        count.add_metric([rule], number)
        euros.add_metric([rule], float(amount))
        missed += float(amount) if rule in UNBILLED else 0
    unbilled.add_metric((), missed)
    yield from (count, euros, unbilled)


def _sources(tx: Transaction) -> Iterator[Metric]:
    success = GaugeMetricFamily(
        "dcops_source_last_success_timestamp_seconds", "When a source last answered completely", labels=["source"]
    )
    for source, at in inventory_store.last_complete(tx):
        success.add_metric([source], at.timestamp())
    yield success


def _jobs(tx: Transaction) -> Iterator[Metric]:
    success = GaugeMetricFamily("dcops_job_last_success_timestamp_seconds", "When a job last succeeded", labels=["job"])
    duration = GaugeMetricFamily(
        "dcops_job_duration_seconds", "How long the last finished run of a job took", labels=["job"]
    )
    for name, at in store.job_successes(tx):
        success.add_metric([name], at.timestamp())
    for name, seconds in store.job_durations(tx):
        duration.add_metric([name], seconds)
    yield from (success, duration)


def _alerts(tx: Transaction, channels: Sequence[str]) -> Iterator[Metric]:
    """Every kind is told, so that one that has no alert any more is 0."""
    counts = GaugeMetricFamily("dcops_alerts_open", "Open alerts", labels=["kind", "severity"])
    found = alert_store.open_by_kind(tx)
    for kind, severity in sorted(found.keys() | {(kind, severity) for kind in RULES for severity in SEVERITIES}):
        counts.add_metric([kind, severity], found.get((kind, severity), 0))
    due = GaugeMetricFamily("dcops_alert_notices_due", "What a channel was not told yet", labels=["channel"])
    for channel, number in alert_store.count_due(tx, channels).items():
        due.add_metric([channel], number)
    yield from (counts, due)


def _hours(tx: Transaction, now: datetime) -> Metric:
    left = GaugeMetricFamily(
        "dcops_hours_remaining_minutes", "Support minutes a customer has left", labels=["customer"]
    )
    for customer, balance in hours.balances(tx, civil_date(now)).items():
        left.add_metric([customer], balance.remaining_minutes)
    return left
