"""What the API is asked and answers about exceptions of metering and decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from dcops.api.plan_shapes import Body
from dcops.api.queries import PageQuery
from dcops.api.shapes import Answer, Code
from metering.exceptions.decisions import LONGEST_REASON

State = Literal["open", "decided", "explained"]


class ExceptionsQuery(PageQuery):
    meter: str | None = Field(None, max_length=100, description="The name of a meter.")
    everything: bool = Field(False, alias="all", description="Also what was decided, or explained since.")


class MeterException(Answer):
    id: int
    meter: str
    rack: str | None
    feed: str | None
    customers: list[Code] = Field(description="Who held what the meter counts for.")
    kind: str = Field(examples=["high-limit"])
    since: datetime | None = Field(description="The last believed reading before it.")
    at: datetime
    wh: int | None = Field(description="What the register said.")
    stake_wh: int | None = Field(description="The energy it is about, where it is known.")
    message: str
    state: State


class MeterExceptions(Answer):
    items: list[MeterException]
    next: str | None


class AroundReading(Answer):
    at: datetime
    wh: int
    power_w: int | None


class Decided(Answer):
    id: int
    decision: str = Field(examples=["edit"])
    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    wh: int | None
    author: str
    reason: str
    decided_at: datetime


class MeterExceptionDetail(MeterException):
    readings: list[AroundReading]
    proposals: dict[str, int] = Field(description="Wh of its span: the register believed, then by method, best first.")
    decisions: list[Decided]


class Deciding(Body):
    decision: Literal["accept", "reject", "estimate", "edit"]
    reason: str = Field(min_length=1, max_length=LONGEST_REASON)
    wh: int | None = Field(None, ge=0, lt=2**62, description="The energy of the span, of an edit.")
    sure: bool = Field(False, description="Even if it is more than the circuit can carry.")
    known: int | None = Field(None, ge=1, lt=2**62, description="The last decision that was read, to change it.")
