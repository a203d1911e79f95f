"""Which known customer a public body is, by its INSEE code, its SIREN or its name, and the code of a new one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from inventory.commune_file import COMMUNE, EPCI, Body
from inventory.customers import slug
from inventory.errors import Invalid
from inventory.models import Customer

_KINDS = {COMMUNE: ("commune",), EPCI: ("epci", "metropole")}
_LONGEST_SLUG = 54  # of the 64 characters of a code, what leaves room for a SIREN


class Directory:
    """The customers that are known, found by the identifiers of a public file."""

    def __init__(self, customers: Iterable[Customer], bodies: Iterable[Body]) -> None:
        self._by_insee: dict[str | None, list[Customer]] = defaultdict(list)
        self._by_siren: dict[str | None, list[Customer]] = defaultdict(list)
        self._by_code: dict[str, Customer] = {}
        for customer in customers:
            self._by_insee[customer.insee].append(customer)
            self._by_siren[customer.siren].append(customer)
            self._by_code[customer.code] = customer
        self._names = Counter(_code(body) for body in bodies)

    def find(self, body: Body) -> Customer | None:
        """The customer that a body is. Raises Invalid when identifiers point at several, or contradict."""
        found = {id(one): one for one in (self._one(self._by_insee, body.insee, body),
                                          self._one(self._by_siren, body.siren, body)) if one is not None}  # fmt: skip
        if len(found) > 1:
            names = " et ".join(f"« {customer.code} »" for customer in found.values())
            raise Invalid(f"{body.name} : son code INSEE et son SIREN sont ceux de deux collectivités, {names}.")
        customer = next(iter(found.values()), None) or self._namesake(body)
        for label, mine, told in () if customer is None else _identifiers(customer, body):
            if mine and told and mine != told:
                raise Invalid(f"{body.name} : {label} {told} dans le fichier, {mine} sur la collectivité.")
        return customer

    def _one(self, index: Mapping[str | None, list[Customer]], key: str | None, body: Body) -> Customer | None:
        holders = index.get(key, []) if key else []
        apt = [one for one in holders if one.kind in _KINDS[body.kind]] if len(holders) > 1 else holders
        if len(holders) > 1 and len(apt) != 1:
            names = ", ".join(customer.code for customer in holders)
            raise Invalid(f"{body.name} : plusieurs collectivités ont l'identifiant {key} : {names}.")
        return apt[0] if apt else None

    def _namesake(self, body: Body) -> Customer | None:
        """A customer of that code, name and kind that has no identifier yet."""
        known = self._by_code.get(_code(body))
        if known is None or known.insee or known.siren or known.kind not in _KINDS[body.kind]:
            return None
        return known if slug(known.name) == slug(body.name) and self._names[_code(body)] == 1 else None

    def codes_for(self, bodies: Sequence[Body]) -> dict[Body, str]:
        """A code for each new body: its name, with its identifier where another has that name already."""
        return {body: self._free_code(body) for body in bodies}

    def _free_code(self, body: Body) -> str:
        code = _code(body)
        unique = self._names[code] == 1 and code not in self._by_code
        return code if unique else f"{code}-{body.insee or body.siren}"


def _code(body: Body) -> str:
    return slug(body.name)[:_LONGEST_SLUG].rstrip("-") or body.kind


def _identifiers(customer: Customer, body: Body) -> list[tuple[str, str | None, str | None]]:
    return [("code INSEE", customer.insee, body.insee), ("SIREN", customer.siren, body.siren)]
