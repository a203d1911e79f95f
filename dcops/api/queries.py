"""What the API may be asked: the parameters of each resource, and in French why one is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from inventory.refusals import reason


class Query(BaseModel):
    """Unknown parameters are refused: a typing mistake must not look like an answer."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    @model_validator(mode="wrap")
    @classmethod
    def _in_french(cls, given: Any, validate: Callable[[Any], Self]) -> Self:
        try:
            return validate(given)
        except ValidationError as refusal:
            told = [_told(error) for error in refusal.errors()]
            raise ValidationError.from_exception_data(refusal.title, told) from None


def _told(error: ErrorDetails) -> InitErrorDetails:
    words = reason(error, {"extra_forbidden": "paramètre inconnu"})
    kind = PydanticCustomError("refused", "{words}", {"words": words})
    return InitErrorDetails(type=kind, loc=error["loc"], input=error["input"])


class PageQuery(Query):
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=500, description="`next` of the previous page.")


class OrdersQuery(PageQuery):
    customer: str | None = None


class FindingsQuery(PageQuery):
    rule: str | None = Field(None, examples=["vm.unbilled"])
    state: str | None = Field(None, description="A state such as OPEN, or all (default: those to deal with).")
    customer: str | None = Field(None, description="The code of a customer.")


class DayQuery(Query):
    on: date | None = Field(None, description="A civil day (default: today).")


class EndingQuery(DayQuery):
    within: int = Field(90, ge=0, le=3660, description="Days to look ahead.")
    customer: str | None = None


class PeriodQuery(Query):
    start: date | None = Field(None, alias="from", description="First day (default: 1 January).")
    end: date | None = Field(None, alias="to", description="Day after the last one (default: 1 January after).")


class EnergyQuery(PeriodQuery):
    by: Literal["hour", "day", "month", "year"] = "day"
