"""What Prometheus reads of polling: the last round, each device, and what waits for the database."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from dcops.jobs.polling import spool_of
from dcops.wiring import Parts
from inventory.orm import Transaction
from metering.collection import poll_store


def polling_metrics(tx: Transaction, parts: Parts) -> Iterator[Metric]:
    """Label values are the devices of the meters in service: no more lines than there are devices."""
    yield from _last_round(tx)
    yield from _devices(tx, parts)
    waiting = GaugeMetricFamily("dcops_poll_waiting_rounds", "Rounds of polling that wait to be written", labels=())
    waiting.add_metric((), len(spool_of(parts).waiting()))
    yield waiting


def _last_round(tx: Transaction) -> Iterator[Metric]:
    devices = GaugeMetricFamily("dcops_poll_devices", "Devices of the last round of polling", labels=["outcome"])
    took = GaugeMetricFamily("dcops_poll_duration_seconds", "How long the last round of polling took", labels=())
    for run in poll_store.poll_runs(tx, 1):
        told = {"ok": run.devices_ok, "failed": run.devices_failed, "skipped": run.devices_skipped}
        for outcome, count in told.items():
            devices.add_metric([outcome], count)
        took.add_metric((), (run.ended_at - run.started_at).total_seconds())
    yield from (devices, took)


def _devices(tx: Transaction, parts: Parts) -> Iterator[Metric]:
    """Devices that share an address, behind several communities, are one line: that of the worst."""
    success = GaugeMetricFamily(
        "dcops_device_last_success_timestamp_seconds", "When a device last answered", labels=["driver", "address"]
    )
    failures = GaugeMetricFamily(
        "dcops_device_failures", "Rounds in a row in which a device failed", labels=["driver", "address"]
    )
    worst: dict[tuple[str, str], tuple[int, float]] = {}
    for device in poll_store.polled(tx, parts.clock.now()):
        if device.known is not None:
            at = device.known.last_ok_at.timestamp() if device.known.last_ok_at else 0.0
            failed, last = worst.get((device.driver, device.place), (0, at))
            worst[device.driver, device.place] = max(failed, device.known.failures), min(last, at)
    for labels, (failed, last) in worst.items():
        failures.add_metric(labels, failed)
        if last:
            success.add_metric(labels, last)
    yield from (success, failures)
