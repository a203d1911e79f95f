"""The TOML files of profiles, shipped and of an installation, told apart by the protocol that they are for."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from inventory.errors import Invalid
from inventory.refusals import reason

PROTOCOLS = ("snmp", "modbus")
USUAL = "snmp"


class Named(Protocol):
    """A profile has a name."""

    @property
    def name(self) -> str: ...


Family = TypeVar("Family", bound=Named)
Model = TypeVar("Model", bound=BaseModel)
Document = Mapping[str, Any]


def read(text: str, where: str) -> Document:
    """What a TOML text tells. Raises Invalid with the file and the reason."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"profil {where} illisible : {error}") from None
    if document.get("protocol", USUAL) not in PROTOCOLS:
        raise Invalid(f"profil {where}, clé protocol : {' ou '.join(PROTOCOLS)}.")
    return document


def checked(model: type[Model], document: Document, where: str) -> Model:
    """A document as a profile. Raises Invalid with the file, the key and the reason."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "fichier"
        raise Invalid(f"profil {where}, clé {key} : {reason(first)}.") from None


def load(protocol: str, made: Callable[[Document, str], Family], extra: Path | None) -> dict[str, Family]:
    """The profiles of a protocol by name: the shipped ones, and those of a folder, which replace them by name.

    Raises Invalid when a file is unreadable or two files of the folder have the same name.
    """
    shipped = _of_folder(files("metering") / "profiles", "", protocol)
    found = {family.name: family for family in (made(document, where) for where, document in shipped)}
    if extra is None:
        return found
    if not extra.is_dir():
        raise Invalid(f"dossier de profils absent : {extra} ; corriger metering.profiles_dir.")
    own: dict[str, Family] = {}
    for where, document in _of_folder(extra, f"{extra}/", protocol):
        family = made(document, where)
        if family.name in own:
            raise Invalid(f"dossier de profils {extra} : deux fichiers portent le nom « {family.name} ».")
        own[family.name] = family
    return found | own


def _of_folder(folder: Traversable, prefix: str, protocol: str) -> Iterator[tuple[str, Document]]:
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            document = read(_text(file, prefix), prefix + file.name)
            if document.get("protocol", USUAL) == protocol:
                yield prefix + file.name, document


def _text(file: Traversable, prefix: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"profil {prefix}{file.name} illisible : {error}") from None
