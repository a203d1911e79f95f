"""What is still to be billed, and what was billed wrongly, by comparing what is owed with what was issued; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dcops.billing.charge import Charge, Line, Unbilled

Group = tuple[str, int, str, str]
"""(kind of order, its id, code of the grid line, kind of charge): what may be billed for its days only once."""


@dataclass(frozen=True)
class Billed:
    """An issued line that counts: not credited, or credited for good (``settled``: not to be billed again)."""

    id: int
    key: str
    code: str
    kind: str
    invoice: str  # its number
    amount: Decimal
    vat_category: str
    vat_rate: Decimal
    start: date
    end: date
    settled: bool = False

    @property
    def group(self) -> Group:
        order, number, _ = self.key.split("/", 2)
        return order, int(number), self.code, self.kind


@dataclass(frozen=True)
class Corrections:
    """``owed``: charges to bill, each with its version; ``wrong``: issued lines to credit; ``kept``: why not others."""

    owed: tuple[tuple[Charge, int], ...]
    wrong: tuple[Billed, ...]
    kept: tuple[Unbilled, ...]


def corrections(lines: Iterable[Line], billed: Sequence[Billed], versions: Mapping[str, int]) -> Corrections:
    """What to bill and to credit so that what is issued becomes what is owed, nothing twice.

    ``versions``: how often each key was billed already, credited or not. What cannot be told today (Unbilled) is
    left as it was billed; days that were credited for good are not billed again.
    """
    told = list(lines)
    charges = [line for line in told if isinstance(line, Charge)]
    untold = [line for line in told if isinstance(line, Unbilled)]
    settled = _settled(billed)
    standing = {line.key: line for line in billed if not line.settled}
    owed, kept = [], list(untold)
    for charge in charges:
        before = standing.get(charge.key)
        if before is not None and _same(charge, before):
            del standing[charge.key]
        elif (final := _crossing(charge, settled[group_of(charge)])) is not None:
            kept.append(_credited_for_good(charge, final))
        else:
            owed.append((charge, versions.get(charge.key, 0) + 1))
    silent = _by_group(untold)
    wrong = [line for line in standing.values() if not _untold(line, silent)]
    return Corrections(tuple(owed), tuple(sorted(wrong, key=lambda line: line.id)), tuple(kept))


def _same(charge: Charge, before: Billed) -> bool:
    return (charge.amount, charge.vat_category, charge.vat_rate) == (
        before.amount, before.vat_category, before.vat_rate,
    )  # fmt: skip


def group_of(charge: Charge) -> Group:
    return str(charge.order["order"]), int(charge.order["id"]), charge.code, charge.kind


def _settled(billed: Iterable[Billed]) -> Mapping[Group, list[Billed]]:
    found: dict[Group, list[Billed]] = defaultdict(list)
    for line in billed:
        if line.settled:
            found[line.group].append(line)
    return found


def _crossing(charge: Charge, settled: Iterable[Billed]) -> Billed | None:
    """The line credited for good that is for some of the same days."""
    return next((line for line in settled if _cross(line, charge)), None)


def _cross(one: Billed | Unbilled, other: Billed | Charge) -> bool:
    return one.start < other.end and other.start < one.end


def _credited_for_good(charge: Charge, final: Billed) -> Unbilled:
    why = f"facturé par {final.invoice}, puis crédité sans nouvelle facturation."
    return Unbilled(charge.customer_code, charge.code, charge.start, charge.end, why, charge.order)


def _by_group(untold: Iterable[Unbilled]) -> Mapping[tuple[str, int], list[Unbilled]]:
    found: dict[tuple[str, int], list[Unbilled]] = defaultdict(list)
    for line in untold:
        found[str(line.evidence["order"]), int(line.evidence["id"])].append(line)
    return found


def _untold(line: Billed, silent: Mapping[tuple[str, int], list[Unbilled]]) -> bool:
    """Whether what this line billed cannot be told today: it stands until it can."""
    order, number, code, _ = line.group
    return any(each.code == code and _cross(each, line) for each in silent.get((order, number), ()))
