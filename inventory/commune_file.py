"""The public file of communes as a list of public bodies: its communes, and the EPCI that they make; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from inventory.csv_import import Problem, Row, integer_between, read_rows, text, text_up_to
from inventory.customers import check_insee, check_postcode, check_siren
from inventory.errors import Invalid

COMMUNE, EPCI = "commune", "epci"
_INHABITANTS = integer_between(0, 100_000_000)
POPULATIONS = {
    "population": "municipal",
    "population_municipale_dgcl": "municipal",
    "population_totale_dgcl": "total",
}
"""The columns of inhabitants, each with its base; the first of a base is the one read unless another is named."""
COLUMNS = {
    "code_insee": text_up_to(5),
    "nom": text_up_to(100),
    "epci": text,
    "epci_siren": text_up_to(9),
    "commune_siren": text_up_to(9),
    "codes_postaux": text,
    **dict.fromkeys(POPULATIONS, _INHABITANTS),
}
SEPARATOR = "|"
"""Between the postcodes of one commune; the first is kept."""


@dataclass(frozen=True)
class Body:
    """One public body that a file tells of; ``communes`` counts those of an EPCI in the file."""

    line: int
    kind: str
    name: str
    insee: str | None
    siren: str | None
    postcode: str | None
    city: str | None
    inhabitants: int
    communes: int = 0


def read_bodies(content: str, column: str) -> tuple[list[Body], list[Problem]]:
    """The communes in the order of the file, then the EPCI, and every problem of the rows left out.

    ``column``: which inhabitants are counted; those of an EPCI are the sum of its communes'.
    """
    rows, problems = read_rows(content, COLUMNS, set(COLUMNS) - {"code_insee", "nom", column})
    good = []
    for row in rows:
        faults = [(row.line, where, why) for where, why in _faults(row.values)]
        problems += faults
        if not faults:
            good.append(row)
    problems += _doubles(good)
    doubled = {line for line, _, _ in problems}
    good = [row for row in good if row.line not in doubled]
    return [*(_commune(row, column) for row in good), *_epcis(good, column)], sorted(problems)


def _faults(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    postcode = _postcode(values)
    rules = (("code_insee", check_insee), ("commune_siren", check_siren), ("epci_siren", check_siren))
    for column, rule in rules:
        if values[column] is not None:
            yield from _refusal(column, rule, values[column])
    if postcode is not None:
        yield from _refusal("codes_postaux", check_postcode, postcode)
    if (values["epci"] is None) != (values["epci_siren"] is None):
        yield "epci_siren", "un EPCI a un nom et un SIREN : donner les deux, ou aucun."


def _refusal(column: str, rule: Any, value: str) -> Iterator[tuple[str, str]]:
    try:
        rule(value)
    except Invalid as error:
        yield column, str(error)


def _doubles(rows: Iterable[Row]) -> Iterator[Problem]:
    """Codes that two communes share, and an EPCI that has two names."""
    seen: dict[tuple[str, str], Row] = {}
    names: dict[str, Row] = {}
    for row in rows:
        for column in ("code_insee", "commune_siren"):
            value = row.values[column]
            first = row if value is None else seen.setdefault((column, value), row)
            if first is not row:
                yield row.line, column, f"« {value} » est déjà celui de la ligne {first.line}."
        siren = row.values["epci_siren"]
        told = row if siren is None else names.setdefault(siren, row)
        if told.values["epci"] != row.values["epci"]:
            yield row.line, "epci", f"l'EPCI {siren} s'appelle autrement à la ligne {told.line}."


def _commune(row: Row, column: str) -> Body:
    values = row.values
    name, inhabitants = values["nom"], values[column]
    return Body(
        row.line, COMMUNE, name, values["code_insee"], values["commune_siren"], _postcode(values), name, inhabitants
    )


def _epcis(rows: Iterable[Row], column: str) -> Iterator[Body]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.values["epci_siren"] is not None:
            groups.setdefault(row.values["epci_siren"], []).append(row)
    for siren, communes in groups.items():
        first = communes[0]
        people = sum(row.values[column] for row in communes)
        yield Body(first.line, EPCI, first.values["epci"], None, siren, None, None, people, len(communes))


def _postcode(values: Mapping[str, Any]) -> str | None:
    return str(values["codes_postaux"]).split(SEPARATOR)[0].strip() if values["codes_postaux"] else None
