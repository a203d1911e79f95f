"""What the API is asked and answers about where a share can go, and about booking one."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from dcops.api.plan_shapes import Body
from dcops.api.queries import Query
from dcops.api.shapes import FROM, TO, Answer, Code, Share

Kind = Literal["full", "half", "quarter", "unit"]
MOST_WATTS = 1_000_000


class PlacementsQuery(Query):
    kind: Kind
    units: int = Field(1, ge=1, le=100, description="How many U, for the kind `unit`.")
    power: int = Field(0, ge=0, le=MOST_WATTS, description="Watts that it will draw.")
    start: date | None = Field(None, alias="from", description="First day (default: today).")
    end: date | None = Field(None, alias="to", description="Day after the last one (default: without end).")
    room: str | None = None
    customer: str | None = Field(None, description="Prefer the racks where this customer already is.")
    limit: int = Field(50, ge=1, le=200, description="Places told, the best first.")


class Placement(Answer):
    rack: str
    site: str
    room: str
    position: int
    units: str = Field(examples=["U1 à U21"])
    half_units: list[int] = Field(description="From the first one, from 0, to the one after the last.")
    left_half_units: int = Field(description="What it leaves unused of the free run that it is cut from.")
    until: date | None = Field(description="The day it stops being free; none: free all the time asked.")
    same_customer: bool
    usable_w: int | None
    peak_w: int | None
    promised_w: int
    headroom_w: int | None
    notes: list[str] = Field(description="What to know before taking it, in French.")


class Refused(Answer):
    reason: Literal["size", "space", "sold-later", "power"]
    racks: int
    text: str


class Placements(Answer):
    kind: Kind
    units: int | None
    power_w: int
    start: date = FROM
    end: date | None = TO
    places: list[Placement]
    for_a_time: list[Placement] = Field(description="Free at first, sold to somebody before the end.")
    refused: list[Refused]


class Booking(Body):
    kind: Kind
    position: int = Field(1, ge=1, le=100, description="The lowest U, or the number of the part from the bottom.")
    units: int = Field(1, ge=1, le=100)
    customer: Code
    start: date = FROM
    end: date | None = Field(None, alias="to", description="Day after the last one (default: without end).")
    power_w: int | None = Field(None, ge=1, le=MOST_WATTS)
    reason: str = Field("", max_length=500)


class Booked(Share):
    id: int
    rack: str
