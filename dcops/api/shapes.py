"""What the API answers: the models that its OpenAPI is made from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Euros = Annotated[str, Field(pattern=r"^-?\d+\.\d{2}$", examples=["8400.00"])]
Code = Annotated[str, Field(examples=["abbeville"])]
FROM = Field(alias="from", description="First day.")
TO = Field(alias="to", description="Day after the last one.")


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Customer(Answer):
    code: Code
    name: str
    kind: str
    siren: str | None
    insee: str | None
    population: int | None


class Membership(Answer):
    start: date = FROM
    end: date | None = TO


class Population(Answer):
    year: int | None = Field(description="In force from its 1 January; none: at any time not told otherwise.")
    base: str
    inhabitants: int


class CustomerDetail(Customer):
    siret: str | None
    population_year: int | None
    memberships: list[Membership]
    populations: list[Population]
    address: str
    postcode: str | None
    city: str | None
    paying_service: str | None
    order_number_required: bool
    order_number: str | None
    missing: list[str] = Field(description="What invoices lack of it, in French.")


class Customers(Answer):
    items: list[Customer]
    next: str | None


class Pack(Answer):
    code: str
    bought_on: date
    expires_on: date | None
    remaining_minutes: int
    bought_minutes: int
    expired_minutes: int


class Hours(Answer):
    customer: Code
    on: date
    bought_minutes: int
    used_minutes: int
    remaining_minutes: int
    owed_minutes: int
    expired_minutes: int
    packs: list[Pack]


class EnergyInterval(BaseModel):
    start: datetime
    end: datetime
    wh: int
    flag: str
    method: str | None = None
    coverage: str = Field(description="The known part of the time it was held, 0.000 to 1.000.")


class Energy(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    wh: int
    flags: dict[str, int]
    coverage: str
    intervals: list[EnergyInterval]
    evidence: list[Any] | dict[str, Any]
    notes: list[str] = Field(default_factory=list, description="What a reader must know, in French.")


class Holding(Answer):
    customer: Code
    code: str
    quantity: str
    kind: str
    start: date = FROM
    end: date | None = TO
    agreed_price: str | None
    evidence: dict[str, Any]


class Holdings(Answer):
    start: date = FROM
    end: date = TO
    items: list[Holding]


class Ending(Answer):
    last_day: date
    what: str = Field(examples=["end"], description="end, commitment or notice: what this is the last day of.")
    customer: Code
    order: str = Field(examples=["subscription"])
    id: int
    name: str
    code: str
    label: str
    eur_per_year: Euros | None


class Endings(Answer):
    on: date
    within: int
    items: list[Ending]


class Finding(Answer):
    id: int
    rule: str
    thing: str
    field: str
    title: str
    customer: Code | None
    sold: Any
    documented: Any
    real: Any
    eur_per_year: Euros
    eur_since_seen: Euros
    state: str
    frozen: bool
    first_seen: datetime
    last_seen: datetime
    sources: dict[str, Any]


class Findings(Answer):
    items: list[Finding]
    next: str | None


class Share(Answer):
    kind: str
    position: int
    first_half_unit: int
    end_half_unit: int
    customer: Code
    start: date = FROM
    end: date | None = TO
    power_w: int | None = Field(description="The watts that it was promised.")
    cage: str | None = Field(description="The private cage that it is a rack of.")


class Rack(Answer):
    name: str
    site: str
    room: str
    u_height: int
    feeds: list[str]
    capacity_w: int | None = Field(description="Of each feed.")
    row: str | None
    place: int | None = Field(description="Where it stands in its row, from 1.")
    half_units_sold: int
    half_units_free: int


class RackDetail(Rack):
    shares: list[Share]


class Racks(Answer):
    items: list[Rack]
    next: str | None


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, list[str]] = {}
