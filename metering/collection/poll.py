"""One round of polling: asking many devices within bounds, those that answer quickly first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heapify, heappop, heappush

from inventory.clock import Clock, SystemClock
from inventory.errors import DomainError
from metering.drivers import DeviceReport, Driver, Selective
from metering.drivers.address import shown
from metering.readings import Reading

PATIENCE = 11  # times the timeout of one request: a device takes many; its driver gives up by itself a little sooner
QUICK = 0.25  # of the timeout: what a device is given while others that may answer at once are waiting


@dataclass(frozen=True, slots=True)
class Wanted:
    """One register asked of a device: for which meter, at which point."""

    meter_id: int
    meter: str
    point: str


@dataclass(frozen=True, slots=True)
class Target:
    """One device to ask once, for all the meters it serves.

    What is known of it decides when it is asked: ``failures`` in a row, until when it is left alone after them, and how
    long it took the last time.
    """

    driver: str
    address: str
    profile: str | None
    wanted: tuple[Wanted, ...]
    failures: int = field(default=0, compare=False)
    retry_at: datetime | None = field(default=None, compare=False)
    took_ms: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one target: (meter id, reading) pairs, and French sentences for what is missing.

    ``answered`` tells a device that lacks what is asked from one that is silent.
    """

    target: Target
    readings: tuple[tuple[int, Reading], ...] = ()
    failures: tuple[str, ...] = ()
    took_ms: int = 0
    answered: bool = True

    @property
    def outcome(self) -> str:
        """ok, partial or failed."""
        if not self.failures:
            return "ok"
        return "partial" if self.readings else "failed"


Heard = Callable[[Answer], object]
_Turn = tuple[tuple[bool, int, int], Target]  # (patiently, failures in a row, position): the smallest goes first


async def collect(
    targets: Sequence[Target],
    drivers: Mapping[str, Driver],
    concurrency: int,
    timeout_s: float,
    clock: Clock | None = None,
    heard: Heard = lambda answer: None,
) -> list[Answer]:
    """Ask every device, ``concurrency`` at a time; one that hangs or breaks never hurts the others.

    ``timeout_s`` is the patience for one request: a device may take some of them. First each device gets a quarter of
    it; then those that needed more, and those known to be slow or silent, are asked with all the patience there is:
    when every slot is held by a silent device, nobody else is waiting. ``heard`` is told each answer as it comes; the
    list is in the order of the targets.
    """
    turns = [(_rank(target, position, timeout_s), target) for position, target in enumerate(targets)]
    heapify(turns)
    asking = _Asking(turns, drivers, timeout_s, clock or SystemClock(), heard)
    await asyncio.gather(*(asking.work() for _ in range(min(concurrency, len(targets)))))
    return [asking.answers[position] for position in range(len(targets))]


def _rank(target: Target, position: int, timeout_s: float) -> tuple[bool, int, int]:
    slow = target.took_ms is not None and target.took_ms >= QUICK * timeout_s * 1000
    return slow or target.failures > 0, target.failures, position


class _Asking:
    """What the workers of a round share: whose turn it is, and who answered."""

    def __init__(
        self, turns: list[_Turn], drivers: Mapping[str, Driver], timeout_s: float, clock: Clock, heard: Heard
    ) -> None:
        self.turns, self.drivers, self.timeout_s, self.clock, self.heard = turns, drivers, timeout_s, clock, heard
        self.selective = {name: each if isinstance(each, Selective) else None for name, each in drivers.items()}
        self.answers: dict[int, Answer] = {}

    async def work(self) -> None:
        """Ask one device after another until nobody waits."""
        while self.turns:
            (patiently, failures, position), target = heappop(self.turns)
            answer = await self._ask(target, patiently)
            if answer is None:
                heappush(self.turns, ((True, failures, position), target))
                continue
            self.answers[position] = answer
            self.heard(answer)

    async def _ask(self, target: Target, patiently: bool) -> Answer | None:
        """None when it needs more time."""
        driver = self.drivers.get(target.driver)
        if driver is None:
            return Answer(target, (), (f"aucun pilote « {target.driver} » dans cette installation.",))
        patience_s, loop = self.timeout_s * (PATIENCE if patiently else QUICK), asyncio.get_running_loop()
        begun = loop.time()
        try:
            report = await self._report(driver, target, patience_s)
        except TimeoutError:
            why = f"{shown(target.address)} n'a pas répondu en {patience_s:g} s."
            return _silent(target, why, loop.time() - begun) if patiently else None
        except DomainError as error:
            return _silent(target, str(error), loop.time() - begun)
        except Exception as error:
            why = f"{shown(target.address)} : erreur inattendue ({type(error).__name__} : {error})."
            return _silent(target, why, loop.time() - begun)
        return _heard(target, report, loop.time() - begun, self.clock)

    async def _report(self, driver: Driver, target: Target, patience_s: float) -> DeviceReport:
        """Raises TimeoutError when it takes longer than that."""
        selective = self.selective[target.driver]
        if selective is not None:
            points = tuple(sorted({wanted.point for wanted in target.wanted}))
            async with asyncio.timeout(patience_s):
                return await selective.read_points(target.address, target.profile, points)
        task = asyncio.ensure_future(driver.read(target.address, target.profile))
        done, _ = await asyncio.wait({task}, timeout=patience_s)
        if not done:
            task.add_done_callback(_unheard)
            task.cancel()  # not awaited: a driver deaf to cancellation must not hold the round
            raise TimeoutError
        return task.result()


def _silent(target: Target, why: str, took_s: float) -> Answer:
    return Answer(target, (), (why,), round(took_s * 1000), answered=False)


def _unheard(task: asyncio.Future[DeviceReport]) -> None:
    """What a device that was given up says in the end is of no interest, an error no more than an answer."""
    if not task.cancelled():
        task.exception()


def _heard(target: Target, report: DeviceReport, took_s: float, clock: Clock) -> Answer:
    at = clock.now()
    readings: list[tuple[int, Reading]] = []
    failures: list[str] = []
    for wanted in target.wanted:
        try:
            point = report.point(wanted.point)
        except DomainError as error:
            failures.append(f"compteur {wanted.meter} : {error}")
            continue
        if point.energy_wh is None:
            why = " ".join(report.faults_of(point.name))
            failures.append(f"compteur {wanted.meter} : le point {point.name} ne donne pas d'énergie. {why}".rstrip())
        else:
            readings.append((wanted.meter_id, Reading(point.at or at, point.energy_wh, point.power_w, "poll")))
    return Answer(target, tuple(readings), tuple(failures), round(took_s * 1000))
