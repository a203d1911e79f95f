"""What the API is asked and answers about meters and their readings."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from dcops.api.queries import EnergyQuery, PageQuery, PeriodQuery
from dcops.api.shapes import FROM, TO, Answer


class ReadingsQuery(PageQuery, PeriodQuery):
    """A page of the readings of some civil days."""


class RackEnergyQuery(EnergyQuery):
    feed: str | None = Field(None, max_length=10, description="One feed of the rack (default: all).", examples=["A"])


class Place(Answer):
    scope: str = Field(description="rack, share, outlet, check (compared, never billed), busbar or site.")
    rack: str | None
    feed: str | None
    share: int | None
    start: datetime = FROM
    end: datetime | None = TO


class Meter(Answer):
    name: str
    driver: str
    address: str | None = Field(description="Without what follows « ? », where secrets may be.")
    profile: str | None
    point: str = Field(examples=["inlet:1"])
    serial: str | None
    max_w: int
    modulus_wh: int | None
    resettable: bool
    start: datetime = FROM
    end: datetime | None = TO
    places: list[Place]


class Meters(Answer):
    items: list[Meter]
    next: str | None


class Reading(Answer):
    at: datetime
    wh: int = Field(description="The register, whole Wh.")
    power_w: int | None
    source: str
    received_at: datetime


class Readings(Answer):
    items: list[Reading]
    next: str | None
