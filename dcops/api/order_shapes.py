"""What the API answers of orders beside space: machines, backup boxes, antivirus licences."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from dcops.api.shapes import FROM, TO, Answer, Code


class Machine(Answer):
    id: int
    name: str
    customer: Code
    cluster: str | None
    vmid: int | None
    vcpu: int
    ram_gb: int
    disk_gb: int
    backup_days: int | None = Field(description="Days that its backups are kept; none: no backup was ordered.")
    start: date = FROM
    end: date | None = TO


class Machines(Answer):
    items: list[Machine]
    next: str | None


class NasPlan(Answer):
    plan_gb: int
    start: date = FROM
    end: date | None = TO


class NasUnit(Answer):
    id: int
    serial: str
    customer: Code
    model: str | None
    plans: list[NasPlan]
    start: date = FROM
    end: date | None = TO


class NasUnits(Answer):
    items: list[NasUnit]
    next: str | None


class Licence(Answer):
    id: int
    kind: str = Field(examples=["workstation"])
    customer: Code
    quantity: int
    start: date = FROM
    end: date | None = TO


class Licences(Answer):
    items: list[Licence]
    next: str | None
