"""Drivers ask one device for its registers and watts, now: the question, and the shape of the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from inventory.errors import NotFound

Kind = Literal["inlet", "phase", "branch", "outlet", "total"]
_OF_A_POINT = re.compile(r"\w+:\S+ : ")


@dataclass(frozen=True, slots=True)
class Point:
    """One measure point of a device, with its cumulative register in whole Wh and its power in W.

    ``None`` means that the device does not give the value, or gave one that cannot be trusted: then a fault says why.
    """

    index: str
    kind: Kind
    label: str
    energy_wh: int | None
    power_w: int | None
    at: datetime | None = None
    """When the register was so, where the source tells it; else it is when the device answered."""

    @property
    def name(self) -> str:
        """How a meter refers to this point: ``inlet:1``, ``outlet:3``."""
        return f"{self.kind}:{self.index}"

    def document(self) -> Mapping[str, object]:
        """The JSON shape of one entry of ``points``."""
        return {
            "index": self.index,
            "kind": self.kind,
            "label": self.label,
            "energy_wh": self.energy_wh,
            "power_w": self.power_w,
        }


@dataclass(frozen=True, slots=True)
class Given:
    """What one register gave: where it is, what was answered, what it was multiplied by, and the Wh, W or text it made.

    ``refused`` says why it made nothing.
    """

    point: str
    what: Literal["energy", "power", "label"]
    oid: str
    raw: str | None
    scale: str | None = None
    value: int | str | None = None
    refused: str | None = None

    def document(self) -> Mapping[str, object]:
        """The JSON shape of one entry of ``answers``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A profile that was tried and gave nothing: why it was tried, and why it gave nothing."""

    profile: str
    explanation: str
    refused: str

    def document(self) -> Mapping[str, object]:
        """The JSON shape of one entry of ``candidates``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What one device answered. Points are never summed: totals, phases and outlets overlap.

    ``profile`` is None when no profile fits; ``explanation`` says what matched; ``faults`` are sentences for a
    person, each naming its point; ``answers`` says what each register gave; ``candidates`` are the profiles that were
    tried before and gave nothing.
    """

    profile: str | None
    vendor: str | None
    model: str | None
    serial: str | None
    points: tuple[Point, ...]
    faults: tuple[str, ...] = field(default=())
    explanation: str = ""
    answers: tuple[Given, ...] = field(default=(), compare=False)
    candidates: tuple[Candidate, ...] = field(default=(), compare=False)

    def point(self, name: str) -> Point:
        """The point called ``kind:index``. Raises NotFound with the names that exist and what was refused."""
        for point in self.points:
            if point.name == name:
                return point
        known = ", ".join(point.name for point in self.points) or "aucun"
        why = [*self.faults_of(name), *(fault for fault in self.faults if not _OF_A_POINT.match(fault))]
        raise NotFound(" ".join([f"point « {name} » absent de l'appareil ; points présents : {known}.", *why[:1]]))

    def faults_of(self, name: str) -> list[str]:
        """What was refused of one point (``outlet:1`` is not ``outlet:12``)."""
        return [fault for fault in self.faults if fault.startswith(f"{name} :")]

    def document(self) -> Mapping[str, object]:
        """The JSON shape of ``meters probe``."""
        return {
            "profile": self.profile,
            "vendor": self.vendor,
            "model": self.model,
            "serial": self.serial,
            "points": [point.document() for point in self.points],
            "faults": list(self.faults),
            "explanation": self.explanation,
            "answers": [answer.document() for answer in self.answers],
            "candidates": [candidate.document() for candidate in self.candidates],
        }


class Driver(Protocol):
    """Asks a device for its registers and watts."""

    async def read(self, address: str, profile: str | None) -> DeviceReport:
        """Ask the device once; ``profile`` forces a profile by name.

        Raises Invalid when the address or the profile makes no sense, Unavailable when the device does not answer.
        """
        ...


@runtime_checkable
class Selective(Protocol):
    """A driver that can ask a device for some of its points, in fewer questions than for all."""

    async def read_points(self, address: str, profile: str | None, points: tuple[str, ...]) -> DeviceReport:
        """As ``Driver.read``; the report has these points, and maybe others."""
        ...
