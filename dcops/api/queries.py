"""What the API may be asked: the parameters of each resource, and in French why one is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

A_DATE = "date attendue, telle que 2024-01-31"
A_NUMBER = "nombre entier attendu"
REASONS = {
    "date_from_datetime_parsing": A_DATE,
    "date_from_datetime_inexact": A_DATE,
    "date_parsing": A_DATE,
    "date_type": A_DATE,
    "int_parsing": A_NUMBER,
    "int_parsing_size": A_NUMBER,
    "int_type": A_NUMBER,
    "greater_than_equal": "{ge} au moins",
    "less_than_equal": "{le} au plus",
    "string_too_long": "{max_length} caractères au plus",
    "literal_error": "valeurs possibles : {expected}",
    "extra_forbidden": "paramètre inconnu",
}


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
    words = REASONS.get(error["type"], error["msg"]).format_map(error.get("ctx", {}))
    reason = PydanticCustomError("refused", "{words}", {"words": words.replace(" or ", " ou ")})
    return InitErrorDetails(type=reason, loc=error["loc"], input=error["input"])


class PageQuery(Query):
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=500, description="`next` of the previous page.")


class MachinesQuery(PageQuery):
    customer: str | None = None


class FindingsQuery(PageQuery):
    rule: str | None = Field(None, examples=["vm.unbilled"])
    state: str | None = Field(None, description="A state such as OPEN, or all (default: those to deal with).")


class DayQuery(Query):
    on: date | None = Field(None, description="A civil day (default: today).")


class PeriodQuery(Query):
    start: date | None = Field(None, alias="from", description="First day (default: 1 January).")
    end: date | None = Field(None, alias="to", description="Day after the last one (default: 1 January after).")


class EnergyQuery(PeriodQuery):
    by: Literal["hour", "day", "month"] = "day"
