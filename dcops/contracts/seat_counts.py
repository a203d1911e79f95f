"""Antivirus licences as sold on a day beside what the console counted, now and before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from inventory import store
from inventory.antivirus_rules import Count, counts
from inventory.clock import civil_date
from inventory.customers import in_force
from inventory.evidence import fact_of
from inventory.evidence_store import answers_about
from inventory.facts import ANTIVIRUS, Seats
from inventory.models import AntivirusSeats, SourceSnapshot
from inventory.orm import Transaction

KINDS = {"workstation": "Poste", "server": "Serveur"}


@dataclass(frozen=True)
class Beside:
    """Licences of one customer (``code`` None: of a group that nobody knows) and kind; ``counted`` None: not told."""

    code: str | None
    name: str
    kind: str
    sold: int
    counted: int | None
    groups: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    @property
    def difference(self) -> int | None:
        return None if self.counted is None else self.counted - self.sold


@dataclass(frozen=True)
class Past:
    """What one export counted in all, and what was sold on its day."""

    at: datetime
    status: str
    workstations: int
    servers: int
    sold_workstations: int
    sold_servers: int


@dataclass(frozen=True)
class Console:
    """The newest export, beside what is sold today; ``answer`` None: the console was never heard."""

    answer: SourceSnapshot | None
    rows: Sequence[Beside]
    history: Sequence[Past]


def console_of(tx: Transaction, on: date) -> Console:
    """What the console said, newest first."""
    names, ordered, answers = store.customer_names(tx), store.antivirus_seats(tx), answers_about(tx, ANTIVIRUS)
    told = counts(_seats(answers[0]), names) if answers else None
    rows = beside(told, sold_on(ordered, on), names)
    return Console(answers[0] if answers else None, rows, [_past(answer, ordered) for answer in answers])


def sold_on(ordered: Iterable[AntivirusSeats], on: date) -> dict[tuple[str, str], int]:
    """Licences in force on a day, by customer and kind."""
    found: dict[tuple[str, str], int] = {}
    for seats in ordered:
        if in_force(seats, on):
            key = (seats.customer.code, seats.kind)
            found[key] = found.get(key, 0) + seats.quantity
    return found


def beside(told: Sequence[Count] | None, sold: dict[tuple[str, str], int], names: dict[str, str]) -> list[Beside]:
    """What is sold and what is counted, by customer and kind; groups that nobody knows last. ``told`` None: nothing."""
    known = {(count.customer, count.kind): count for count in told or () if count.customer is not None}
    rows = []
    for code, kind in sorted({*sold, *((code, kind) for code, kind in known if code)}):
        count, counted = known.get((code, kind)), None if told is None else 0
        groups, hosts = (tuple(count.groups), _names(count)) if count else ((), ())
        quantity = counted if count is None else count.quantity
        rows.append(Beside(code, names.get(code, code), kind, sold.get((code, kind), 0), quantity, groups, hosts))
    unknown = [count for count in told or () if count.customer is None]
    return rows + [
        Beside(None, count.groups[0] if count.groups else "?", count.kind, 0, count.quantity, (), _names(count))
        for count in unknown
    ]


def _names(count: Count) -> tuple[str, ...]:
    return tuple(sorted(count.hosts.values()))


def _seats(answer: SourceSnapshot) -> list[Seats]:
    return [fact for document in answer.facts if isinstance(fact := fact_of(document), Seats)]


def _past(answer: SourceSnapshot, ordered: Iterable[AntivirusSeats]) -> Past:
    at = answer.since or answer.taken_at
    sold, told = sold_on(ordered, civil_date(at)), _seats(answer)
    return Past(at, answer.status, *(sum(s.quantity for s in told if s.kind == kind) for kind in KINDS),
                *(sum(number for (_, of), number in sold.items() if of == kind) for kind in KINDS))  # fmt: skip
