"""What Prometheus reads of the exceptions of metering."""

from __future__ import annotations

from prometheus_client.core import GaugeMetricFamily, Metric

from inventory.orm import Transaction
from metering.exceptions.exception_store import open_by_kind
from metering.exceptions.exception_words import KINDS


def exception_metrics(tx: Transaction) -> Metric:
    """How many wait for a person, of each kind; kinds that are unknown here are told too."""
    waiting = GaugeMetricFamily("dcops_meter_exceptions_open", "Exceptions that wait for a person", labels=["kind"])
    counts = open_by_kind(tx)
    for kind in sorted({*KINDS, *counts}):
        waiting.add_metric([kind], counts.get(kind, 0))
    return waiting
