"""Profiles of Modbus meters as TOML data: in which registers energy, power and names are, and how they are coded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from inventory.errors import NotFound
from metering.drivers import Kind, profile_files
from metering.drivers.profile import Name, Strict
from metering.drivers.profile_files import checked, read

Function = Literal["holding", "input"]
Type = Literal["u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64", "text"]
WIDTHS: Mapping[str, int] = {"u16": 1, "i16": 1, "u32": 2, "i32": 2, "f32": 2, "u64": 4, "i64": 4, "f64": 4}
MOST_REGISTERS = 125  # of one request, says the Modbus application protocol


class Register(Strict):
    """One value: where it begins, as in the frame (from 0), and how it is coded."""

    address: int = Field(ge=0, le=65535)
    type: Type
    length: int | None = Field(None, ge=1, le=MOST_REGISTERS)  # registers of a text
    function: Function | None = None  # that of the profile when not told
    word_order: Literal["big", "little"] | None = None  # big: the most significant register first

    @model_validator(mode="after")
    def _has_a_length(self) -> Register:
        if (self.type == "text") != (self.length is not None):
            raise ValueError("length dit combien de registres a un texte, et lui seul")
        return self

    @property
    def width(self) -> int:
        """How many registers it takes."""
        return self.length or WIDTHS[self.type]


class Measure(Register):
    """A number: raw x factor = Wh or W."""

    factor: Decimal = Field(Decimal(1), gt=0)
    unsupported: tuple[int, ...] | None = None  # without it, what the type's makers use: all ones, the least number
    modulus: int | None = Field(None, gt=1)  # raw count at which the register returns to 0, where the map says so

    @model_validator(mode="after")
    def _is_a_number(self) -> Measure:
        if self.type == "text":
            raise ValueError("une mesure est un nombre, pas un texte")
        return self


class Sign(Register):
    """What a device of the family answers in a register: by it a probe recognises the family."""

    equals: tuple[int | str, ...] = ()
    begins: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_one(self) -> Sign:
        if bool(self.equals) == bool(self.begins):
            raise ValueError("un signe a besoin de equals ou de begins, un des deux")
        return self

    def holds(self, value: Decimal | str | None) -> bool:
        """Whether an answer is that of the family."""
        if value is None:
            return False
        return value in self.equals if self.equals else str(value).startswith(self.begins)


class Point(Strict):
    """A measure point of the meter."""

    kind: Kind
    index: str = Field(min_length=1, pattern=r"^\S+$")
    label: str = ""
    energy: Measure | None = None
    power: Measure | None = None

    @model_validator(mode="after")
    def _measures_something(self) -> Point:
        if self.energy is None and self.power is None:
            raise ValueError("un point a besoin de energy ou de power")
        return self

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.index}"


class ModbusProfile(Strict):
    """One family of meters."""

    name: Name
    protocol: Literal["modbus"]
    vendor: str
    function: Function = "holding"
    word_order: Literal["big", "little"] = "big"
    most_registers: int = Field(MOST_REGISTERS, ge=1, le=MOST_REGISTERS)
    recognise: tuple[Sign, ...] = ()  # all must hold
    model: Register | None = None
    serial: Register | None = None
    point: tuple[Point, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> ModbusProfile:
        if len({point.name for point in self.point}) < len(self.point):
            raise ValueError("deux points portent le même nom")
        return self

    def modulus_wh(self, point: str) -> int | None:
        """At how many Wh the register of a point returns to 0, where the map says so."""
        energy = next((each.energy for each in self.point if each.name == point), None)
        return int(energy.modulus * energy.factor) if energy is not None and energy.modulus else None


@dataclass(frozen=True, slots=True)
class ModbusProfiles:
    """The known families, by name."""

    by_name: Mapping[str, ModbusProfile]

    @property
    def names(self) -> str:
        return ", ".join(sorted(self.by_name))

    def named(self, name: str) -> ModbusProfile:
        """Raises NotFound with the names that exist."""
        if name not in self.by_name:
            raise NotFound(f"profil Modbus « {name} » inconnu ; profils connus : {self.names}.")
        return self.by_name[name]


def parse(text: str, where: str) -> ModbusProfile:
    """The profile that a TOML text tells. Raises Invalid with the file, the key and the reason."""
    return checked(ModbusProfile, read(text, where), where)


def load(extra: Path | None = None) -> ModbusProfiles:
    """The shipped profiles, and those of a folder, which replace them by name. Raises Invalid for a wrong file."""
    found = profile_files.load("modbus", lambda document, where: checked(ModbusProfile, document, where), extra)
    return ModbusProfiles(found)
