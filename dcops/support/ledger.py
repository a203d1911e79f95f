"""Which pack pays which minutes: a balance is always the replay of the whole ledger; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

NEVER = date.max
"""``expires_on`` of minutes given without a term."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a customer's ledger; ``minutes`` signed as they move the balance.

    kind: purchase, goodwill (+), debit (-), correction (reverses the entry ``reverses_id``).
    ``on`` is the day bought or worked (a correction has that of the entry it reverses); ``expires_on`` the
    first day a pack no longer pays.
    """

    id: int
    kind: str
    on: date
    minutes: int
    pack: str | None = None
    expires_on: date | None = None
    reverses_id: int | None = None


@dataclass(frozen=True, slots=True)
class PackBalance:
    """What is left of one pack; minutes that expired unused are in ``expired_minutes``, not in remaining."""

    code: str
    bought_on: date
    expires_on: date
    remaining_minutes: int
    bought_minutes: int
    expired_minutes: int = 0

    @property
    def last_day(self) -> date:
        """The last day on which the pack pays, as people write a validity."""
        return self.expires_on if self.expires_on == NEVER else self.expires_on - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Balance:
    """A customer's minutes on one day: bought + owed = used + remaining + expired, always.

    ``overdrawn_minutes`` counts what no valid pack covered on its worked day, even if a later pack settled it.
    """

    customer: str
    on: date
    bought_minutes: int
    used_minutes: int
    remaining_minutes: int
    owed_minutes: int
    expired_minutes: int
    overdrawn_minutes: int
    packs: tuple[PackBalance, ...]

    def document(self) -> dict[str, Any]:
        """The ``hours balance`` shape: whole minutes, ISO days."""
        return {
            "customer": self.customer,
            "on": self.on.isoformat(),
            "bought_minutes": self.bought_minutes,
            "used_minutes": self.used_minutes,
            "remaining_minutes": self.remaining_minutes,
            "owed_minutes": self.owed_minutes,
            "expired_minutes": self.expired_minutes,
            "packs": [_pack_document(pack) for pack in self.packs],
        }


class _Pack:
    """A pack while the ledger is replayed."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.expires_on = entry.expires_on or NEVER
        self.left = entry.minutes
        self.rank = (self.expires_on, entry.on, entry.id)

    def valid(self, on: date) -> bool:
        return self.entry.on <= on < self.expires_on

    def pay(self, minutes: int) -> int:
        """Take what it can; returns the minutes still to pay."""
        taken = min(minutes, self.left)
        self.left -= taken
        return minutes - taken

    def balance(self, on: date) -> PackBalance:
        alive = self.valid(on)
        return PackBalance(
            code=self.entry.pack or self.entry.kind,
            bought_on=self.entry.on,
            expires_on=self.expires_on,
            remaining_minutes=self.left if alive else 0,
            bought_minutes=self.entry.minutes,
            expired_minutes=0 if alive else self.left,
        )


def accounted(minutes: int, step: int, minimum: int) -> int:
    """Worked minutes as they are debited: at least ``minimum``, rounded up to ``step``."""
    return -(-max(minutes, minimum) // step) * step


def add_months(day: date, months: int) -> date:
    """The same day some months later; the first of the next month when that day does not exist.

    A pack of 29 February thus still pays on the 28th three years later.
    """
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    try:
        return day.replace(year=year, month=month + 1)
    except ValueError:
        return date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)


def in_force(entries: Iterable[Entry], on: date) -> list[Entry]:
    """The entries that count on a day, oldest first: a corrected entry and its correction cancel out."""
    known = [entry for entry in entries if entry.on <= on]
    reversed_ids = {entry.reverses_id for entry in known if entry.kind == "correction"}
    kept = [entry for entry in known if entry.kind != "correction" and entry.id not in reversed_ids]
    return sorted(kept, key=lambda entry: (entry.on, entry.id))


def replay(entries: Sequence[Entry], on: date, customer: str = "") -> Balance:
    """Balance on a day: each debit is paid by the packs valid on its worked day, oldest expiry first.

    What they cannot pay is owed, and the next pack bought settles it. The order of ``entries`` is indifferent.
    """
    packs: list[_Pack] = []
    owed = overdrawn = used = 0
    for entry in in_force(entries, on):
        if entry.minutes > 0:
            pack = _Pack(entry)
            owed = pack.pay(owed)
            packs.append(pack)
            continue
        used -= entry.minutes
        short = _debit(packs, entry)
        owed, overdrawn = owed + short, overdrawn + short
    shown = tuple(pack.balance(on) for pack in sorted(packs, key=lambda pack: pack.rank))
    return Balance(
        customer=customer,
        on=on,
        bought_minutes=sum(pack.bought_minutes for pack in shown),
        used_minutes=used,
        remaining_minutes=sum(pack.remaining_minutes for pack in shown),
        owed_minutes=owed,
        expired_minutes=sum(pack.expired_minutes for pack in shown),
        overdrawn_minutes=overdrawn,
        packs=shown,
    )


def shortage(entries: Sequence[Entry], candidate: Entry) -> int:
    """Minutes that the packs would lack if the candidate joined the ledger, on any day of it; 0 when all is paid."""
    return replay([*entries, candidate], NEVER).overdrawn_minutes - replay(entries, NEVER).overdrawn_minutes


def pack_valid_on(entries: Sequence[Entry], on: date) -> bool:
    """Whether a pack pays the work of a day, be there minutes left in it or not."""
    return any(entry.minutes > 0 and _Pack(entry).valid(on) for entry in in_force(entries, on))


def _debit(packs: Sequence[_Pack], entry: Entry) -> int:
    to_pay = -entry.minutes
    for pack in sorted(packs, key=lambda pack: pack.rank):
        if pack.valid(entry.on):
            to_pay = pack.pay(to_pay)
    return to_pay


def _pack_document(pack: PackBalance) -> dict[str, Any]:
    return {
        "code": pack.code,
        "bought_on": pack.bought_on.isoformat(),
        "expires_on": None if pack.expires_on == NEVER else pack.expires_on.isoformat(),
        "remaining_minutes": pack.remaining_minutes,
        "bought_minutes": pack.bought_minutes,
        "expired_minutes": pack.expired_minutes,
    }
