"""What a bill says of measured energy: kWh, its quality and the readings behind it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from dcops.money import number
from inventory.french import instant, kwh, some
from metering.period import Period
from metering.readings import Flag


class Measured(Protocol):
    """Energy of a share over a span: whole Wh, Wh by flag, known part of the time, ids of readings."""

    @property
    def wh(self) -> int: ...
    @property
    def flags(self) -> Mapping[Any, int]: ...
    @property
    def coverage(self) -> Decimal: ...
    @property
    def evidence(self) -> Sequence[Any]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def missing(self) -> Sequence[Period]: ...


def too_little(measured: Measured, minimum: Decimal, name: str) -> str:
    """Why the energy of a share is not billed: which share, how much is known, and what is missing."""
    known = f"{number(measured.coverage * 100)} % du temps couvert, {number(minimum * 100)} % demandés"
    notes = [note.rstrip(".") for note in measured.notes]
    holes = some([f"du {instant(hole.start)} au {instant(hole.end)}" for hole in measured.missing], 3)
    lacking = [f"sans relevés de tous ses compteurs {holes}"] if holes else []
    told = [f"{name} : mesures insuffisantes : {known}", *lacking, *notes, "compléter les relevés du compteur."]
    return " ; ".join(told)


def words(measured: Measured) -> tuple[str, ...]:
    flags = ", ".join(f"{Flag(flag).french} {kwh(wh)} kWh" for flag, wh in sorted(measured.flags.items()))
    known = f"Énergie mesurée : {kwh(measured.wh)} kWh, {number(measured.coverage * 100)} % du temps couvert"
    return (f"{known} ({flags})." if flags else f"{known}.", *measured.notes)


def evidence(measured: Measured) -> dict[str, Any]:
    flags = {str(flag): wh for flag, wh in measured.flags.items()}
    found: dict[str, Any] = {
        "wh": measured.wh, "flags": flags, "coverage": str(measured.coverage), "readings": list(measured.evidence),
    }  # fmt: skip
    if flags.get("ESTIMATED"):
        found["estimated_kwh"] = kwh(flags["ESTIMATED"])
    return found
