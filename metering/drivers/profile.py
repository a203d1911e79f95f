"""Profiles of device families as TOML data: which OIDs hold energy, power and names, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from inventory.errors import NotFound
from metering.drivers import Kind, profile_files
from metering.drivers.profile_files import checked, read

_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*)){1,127}")
_SUFFIX = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*")


def _oid(text: str) -> str:
    if not _OID.fullmatch(text):
        raise ValueError(f"« {text} » n'est pas un OID en chiffres tel que 1.3.6.1.4.1.318 (sans point au début)")
    return text


def _suffix(text: str) -> str:
    if not _SUFFIX.fullmatch(text):
        raise ValueError(f"« {text} » n'est pas une suite de sous-identifiants telle que 8 ou 1.8")
    return text


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _pattern(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error:
        raise ValueError(f"« {text} » n'est pas une expression régulière") from None
    if groups != 1:
        raise ValueError(f"« {text} » doit avoir un groupe entre parenthèses, celui du numéro")
    return text


Oid = Annotated[str, AfterValidator(_oid)]
Suffix = Annotated[str, AfterValidator(_suffix)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Columns = Annotated[tuple[Oid, ...], BeforeValidator(_several)]  # one OID, or an array of them


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=50)]


class Strict(BaseModel):
    """Part of a file in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(Strict):
    """A column, and the values that its row must have, or must not have."""

    oid: Oid
    equals: tuple[int | str, ...] = ()
    differs: tuple[int | str, ...] = ()
    absent: bool = False  # whether it also holds where nothing is answered

    @model_validator(mode="after")
    def _says_one(self) -> Condition:
        if bool(self.equals) == bool(self.differs):
            raise ValueError("a condition needs equals or differs, one of them")
        return self

    def holds(self, value: int | float | str | None) -> bool:
        """Whether an answer is as told."""
        if value is None:
            return self.absent
        return value in self.equals if self.equals else value not in self.differs


class Measure(Strict):
    """Where one number is and how it becomes Wh or W: raw x factor, then the corrections of other columns."""

    oid: Oid
    suffix: Suffix | None = None  # what follows the row's index, such as Raritan's sensor type
    factor: Decimal = Field(Decimal(1), gt=0)  # raw x factor = Wh or W
    text: bool = False  # the answer is a decimal number written as a text, such as 719.7060
    digits: Oid | None = None  # column of decimal digits: value / 10^digits
    signed_scale: Oid | None = None  # column of a scale: positive multiplies, negative divides
    modulus: int | None = Field(None, gt=1)  # raw count at which the register returns to 0, where the MIB says so
    times: Oid | None = None  # column to multiply by, such as a power factor
    available: Condition | None = None  # the value counts only while this holds; no answer means it holds
    find: Condition | None = None  # [[point]] only: the row is the one where this holds


class Table(Strict):
    """Points that are the rows of a table: one per row of the columns ``rows`` (a NULL there hides its row)."""

    kind: Kind
    rows: Columns = Field(min_length=1)
    rows_suffix: Suffix | None = None  # only the rows that end so, and without it: the rows of a sensor type
    label: tuple[Oid, ...] = ()  # the first that is not empty names the point
    skip_unlabelled: bool = False
    where: Condition | None = None  # a table that mixes totals, phases and outlets: take only these rows
    omit_prefix: Suffix | None = None  # sub-identifiers left out of the index, such as the only unit's number
    energy: Measure | None = None
    power: Measure | None = None
    zero_energy: Literal["trusted", "suspect"] = "suspect"  # 0 while power flows: a new register, or none

    @model_validator(mode="after")
    def _measures_something(self) -> Table:
        if self.energy is None and self.power is None:
            raise ValueError("une table a besoin de energy ou de power")
        if any(measure is not None and measure.find for measure in (self.energy, self.power)):
            raise ValueError("find est pour [[point]] ; une table prend where")
        return self


class FixedPoint(Strict):
    """A point whose OIDs are complete instances (or whose row is found by a name)."""

    kind: Kind
    index: str = Field(min_length=1)
    label: str = ""
    energy: Measure | None = None
    power: Measure | None = None
    zero_energy: Literal["trusted", "suspect"] = "suspect"

    @model_validator(mode="after")
    def _measures_something(self) -> FixedPoint:
        if self.energy is None and self.power is None:
            raise ValueError("un point a besoin de energy ou de power")
        return self


class Profile(Strict):
    """One family of devices."""

    name: Name
    protocol: Literal["snmp"] = "snmp"
    vendor: str
    sys_object_id: tuple[Oid, ...] = Field(min_length=1)  # prefixes; the longest one that fits wins
    model: tuple[Oid, ...] = ()  # instances; the first that answers
    serial: tuple[Oid, ...] = ()
    serial_column: Oid | None = None  # where its row is not known: the first that is not empty
    serial_in_description: Pattern | None = None  # a regular expression: its group is the serial, in sysDescr
    unsupported: tuple[int | str, ...] = (-1,)  # answers that mean "I do not measure this"
    table: tuple[Table, ...] = ()
    point: tuple[FixedPoint, ...] = ()

    @model_validator(mode="after")
    def _has_points(self) -> Profile:
        if not self.table and not self.point:
            raise ValueError("un profil a besoin d'une [[table]] ou d'un [[point]] au moins")
        return self

    def modulus_wh(self, point: str) -> int | None:
        """At how many Wh the registers of points of this kind return to 0, where the family says so."""
        kind = point.partition(":")[0]
        told: list[Table | FixedPoint] = [*self.table, *self.point]
        found = {_modulus_wh(each.energy) for each in told if each.kind == kind and each.energy is not None}
        return found.pop() if len(found) == 1 else None

    def prefix_of(self, sys_object_id: str) -> str | None:
        """The longest of our prefixes that a sysObjectID starts with, at whole sub-identifiers."""
        fitting = [prefix for prefix in self.sys_object_id if f"{sys_object_id}.".startswith(f"{prefix}.")]
        return max(fitting, key=len, default=None)


def _modulus_wh(measure: Measure) -> int | None:
    variable = measure.digits or measure.signed_scale or measure.times
    return int(measure.modulus * measure.factor) if measure.modulus and not variable else None


@dataclass(frozen=True, slots=True)
class Profiles:
    """The known families, by name."""

    by_name: Mapping[str, Profile]

    def named(self, name: str) -> Profile:
        """Raises NotFound with the names that exist."""
        if name not in self.by_name:
            known = ", ".join(sorted(self.by_name))
            raise NotFound(f"profil « {name} » inconnu ; profils connus : {known}.")
        return self.by_name[name]

    def candidates(self, sys_object_id: str) -> list[Profile]:
        """The profiles that fit a sysObjectID, the most precise first."""
        fitting = [
            (prefix, profile) for profile in self.by_name.values() if (prefix := profile.prefix_of(sys_object_id))
        ]
        fitting.sort(key=lambda pair: (-pair[0].count("."), pair[1].name))
        return [profile for _, profile in fitting]


def parse(text: str, where: str) -> Profile:
    """The profile that a TOML text tells. Raises Invalid with the file, the key and the reason."""
    return checked(Profile, read(text, where), where)


def load(extra: Path | None = None) -> Profiles:
    """The shipped profiles, and those of a folder: there, the name of a shipped one replaces it.

    Raises Invalid when a file is unreadable or two files of the folder have the same name.
    """
    return Profiles(profile_files.load("snmp", lambda document, where: checked(Profile, document, where), extra))
