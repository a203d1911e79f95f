"""Tables of meters, readings, intervals, polling and backups; readings and intervals are append only; no query."""

from metering.models.backups import BackupMeasure
from metering.models.meters import AllocationPolicy, Meter, MeterExchange, MeterPlace
from metering.models.polling import PolledDevice, PollFailure, PollResult, PollRun
from metering.models.readings import EnergyInterval, MeterReading, ReadingArchive, ReadingFault, RollUpMark, VeeDecision

__all__ = [
    "AllocationPolicy",
    "BackupMeasure",
    "EnergyInterval",
    "Meter",
    "MeterExchange",
    "MeterPlace",
    "MeterReading",
    "PollFailure",
    "PollResult",
    "PollRun",
    "PolledDevice",
    "ReadingArchive",
    "ReadingFault",
    "RollUpMark",
    "VeeDecision",
]
