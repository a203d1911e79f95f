"""What a bill says of measured energy: kWh, its quality and the readings behind it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from dcops.money import number
from inventory.french import kwh
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


def too_little(measured: Measured, minimum: Decimal) -> str:
    known = f"{number(measured.coverage * 100)} % du temps couvert, {number(minimum * 100)} % demandés"
    notes = [note.rstrip(".") for note in measured.notes]
    return " ; ".join([f"mesures insuffisantes : {known}", *notes, "compléter les relevés du compteur."])


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
