"""The services of the table of contributions: which lines, which customers count in each; pure but for its reading."""

from __future__ import annotations

import tomllib
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Service:
    """One row of the table: the sections it sums up, or (``cooperation``) all that some customers buy."""

    code: str
    label: str
    sections: tuple[str, ...] = ()
    cooperation: bool = False

    def has(self, section: str) -> bool:
        """Whether a section of the grid, or the one it is a part of, is summed up here."""
        return any(section == own or section.startswith(f"{own}.") for own in self.sections)


OTHERS = Service("autres", "Autres services")
"""What a grid voted later sells in a section that no service has."""


@cache
def services() -> tuple[Service, ...]:
    """Every service in the order of the table (``services.toml``)."""
    text = (files("dcops") / "accounting" / "services.toml").read_text(encoding="utf-8")
    return tuple(
        Service(row["code"], row["label"], tuple(row.get("sections", ())), row.get("cooperation", False))
        for row in tomllib.loads(text)["services"]
    )


def service_of(section: str, customer: str, cooperation: Set[str]) -> Service:
    """Where revenue counts: with the cooperation when the customer is one of it, else by the section of the grid."""
    known = services()
    if customer in cooperation:
        return next(service for service in known if service.cooperation)
    return next((service for service in known if service.has(section)), OTHERS)
