"""What a bill says of what is measured: kWh and GB, their quality and the measures behind them; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from dcops.money import number, plain
from inventory.french import counted, instant, kwh, some
from metering.backups.held import AVERAGE, LAST, PEAK, Stored
from metering.period import Period
from metering.readings import Flag

BASES = {
    AVERAGE: "moyenne des mesures quotidiennes",
    PEAK: "plus forte des mesures quotidiennes",
    LAST: "dernière mesure",
}
_HUNDREDTH = Decimal("0.01")


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


def nothing_stored(serial: str, days: tuple[date, date]) -> str:
    """Why the GB of a backup box are not billed."""
    between = f"du {days[0]:%d/%m/%Y} au {days[1] - timedelta(days=1):%d/%m/%Y}"
    return f"{serial} : aucune mesure {between} ; importer les Go mesurés (dcops nas measures)."


def stored_words(stored: Stored, basis: str, plan: Decimal, held_days: int) -> tuple[str, ...]:
    """What was measured of a backup box, on how many of the days it was held, and what of it exceeds the plan."""
    gb = number(stored.gb(basis).quantize(_HUNDREDTH, ROUND_HALF_UP))
    days = f"{counted(stored.days, 'jour mesuré', 'jours mesurés')} sur {held_days}"
    between = f"du {stored.first_on:%d/%m/%Y} au {stored.last_on:%d/%m/%Y}"
    above = number(stored.above(basis, plan))
    return (
        f"Go consommés : {gb}, {BASES[basis]} ({days}, {between}).",
        f"Forfait : {number(plan)} Go, soit {above} Go au-delà, tout Go entamé étant dû.",
    )


def stored_evidence(stored: Stored, basis: str, plan: Decimal, held_days: int) -> dict[str, Any]:
    return {
        "gb": plain(stored.gb(basis).quantize(_HUNDREDTH, ROUND_HALF_UP)), "basis": basis, "plan_gb": plain(plan),
        "measured_days": f"{stored.days}/{held_days}", "first_measure": stored.first_on.isoformat(),
        "last_measure": stored.last_on.isoformat(), "measures_until": stored.until,
    }  # fmt: skip
