"""What the API answers about billing: invoices, why a line has its amount, billing runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from dcops.api.shapes import FROM, TO, Answer, Code, Euros

Number = Annotated[str, Field(examples=["CSN-2025-00042"])]
Price = Annotated[str, Field(pattern=r"^-?\d+\.\d{2,}$", examples=["0.20"])]
Quantity = Annotated[str, Field(examples=["2.5"])]
Party = Annotated[dict[str, str], Field(description="Who, as on the day of issue; what is not known is absent.")]


class Amounts(Answer):
    net: Euros
    vat: Euros
    gross: Euros


class Invoice(Amounts):
    """An issued invoice, or a credit note: its amounts are negative."""

    number: Number
    kind: Literal["invoice", "credit_note"]
    year: int = Field(description="The civil year billed.")
    budget: str
    issued_on: date
    due_on: date | None
    credits: Number | None = Field(description="The invoice that a credit note is for.")


class Invoices(Answer):
    items: list[Invoice]
    next: str | None


class InvoiceLine(Answer):
    position: int
    code: str
    label: str
    quantity: Quantity
    unit: str
    unit_price: Price
    amount: Euros
    start: date = FROM
    end: date = TO
    kind: str
    vat_category: str
    vat_rate: str = Field(description="Percent.")
    account: str
    tariff: str
    evidence: dict[str, Any]
    explanation: list[str]


class Credited(Answer):
    number: Number
    issued_on: date


class InvoiceDocument(Amounts):
    """A whole document, as it was issued."""

    number: Number
    kind: Literal["invoice", "credit_note"]
    year: int
    customer: Code | None
    issued_on: date
    due_on: date | None
    budget: str
    seller: Party
    buyer: Party
    order_number: str | None
    reason: str
    credits: Credited | None
    lines: list[InvoiceLine]


class Term(Answer):
    start: date = FROM
    end: date | None = TO
    quantity: Quantity
    agreed_price: Price | None
    supplier_price: Price | None


class Amendment(Answer):
    kind: str
    effective: date
    quantity: Quantity | None
    agreed_price: Price | None
    author: str
    reason: str
    recorded_at: datetime


class Reading(Answer):
    meter: str
    at: datetime
    wh: int
    source: str
    received_at: datetime


class Why(Answer):
    """Everything that an amount rests on."""

    invoice: Number
    position: int
    code: str
    label: str
    quantity: Quantity
    unit_price: Price
    amount: Euros
    start: date = FROM
    end: date = TO
    explanation: list[str]
    grid_line: dict[str, Any]
    price_class: str | None
    order: dict[str, Any]
    terms: list[Term]
    amendments: list[Amendment]
    energy: dict[str, Any] | None
    readings: list[Reading]
    credited_by: list[Number]


class Run(Amounts):
    """A billing run and what its documents add up to."""

    run: Annotated[str, Field(examples=["2024-1"])]
    year: int
    state: Literal["draft", "reviewed", "issued"]
    documents: int
    computed_at: datetime
    computed_by: str
    reviewed_by: str | None
    issued_by: str | None
    issued_at: datetime | None


class Runs(Answer):
    items: list[Run]
    next: str | None


class RunDocument(Amounts):
    """One document of a run; without number until the run is issued."""

    number: Number | None
    kind: Literal["invoice", "credit_note"]
    customer: Code


class RunDetail(Run):
    invoices: list[RunDocument]
    skipped: list[dict[str, Any]] = Field(description="What was not billed, and why.")
