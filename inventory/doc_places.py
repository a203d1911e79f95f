"""What a documentation lacks or says wrongly of our racks and of whom they are for; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from inventory.answers import SPACE_SCOPE, TENANTS_SCOPE, Answers
from inventory.differences import Difference, Resources, Values
from inventory.facts import SPACE, TENANTS, Appliance, Guest, RackUnit, Reservation, Tenant
from inventory.french import named, to
from inventory.match import DOCUMENTED, SOLD
from inventory.rack_view import customers_known, span_of
from inventory.racks import covered

UNDOCUMENTED, MISDOCUMENTED, NO_TENANT = "rack.undocumented", "rack.misdocumented", "tenant.undocumented"


def place_differences(answers: Answers, on: date, names: Mapping[str, str]) -> Iterator[Difference]:
    """Racks and customers that the documentation does not know, and racks that it knows otherwise than they are."""
    shares = _shares(answers, on)
    known = customers_known(answers)
    documented = {rack.name: rack for rack in answers.facts(DOCUMENTED, RackUnit)}
    whole = answers.complete(DOCUMENTED, SPACE)
    for rack in sorted(set(answers.facts(SOLD, RackUnit)), key=lambda rack: rack.name):
        if rack.name in documented:
            yield from _misdocumented(rack, documented[rack.name], shares[rack.name], on, names, known)
        elif whole:
            yield _undocumented(rack, _whole_holder(rack, shares[rack.name].held))
    yield from _tenants(answers, on)


@dataclass(frozen=True, slots=True)
class _Shares:
    """What is sold of a rack: on the day, and from a day to come."""

    held: Sequence[Reservation] = ()
    to_come: Sequence[Reservation] = ()


def _shares(answers: Answers, on: date) -> defaultdict[str, _Shares]:
    held: defaultdict[str, list[Reservation]] = defaultdict(list)
    to_come: defaultdict[str, list[Reservation]] = defaultdict(list)
    for share in answers.facts(SOLD, Reservation):
        if span_of(share).holds(on):
            held[share.rack].append(share)
        elif share.start and share.start > on:
            to_come[share.rack].append(share)
    found = {rack: _Shares(held.get(rack, ()), to_come.get(rack, ())) for rack in held.keys() | to_come.keys()}
    return defaultdict(_Shares, found)


def _whole_holder(rack: RackUnit, shares: Sequence[Reservation]) -> str | None:
    """The one customer that a whole rack is sold to: at once, by halves, or as a part of a cage."""
    buyers = {share.customer for share in shares}
    whole = covered(map(span_of, shares)) == [(0, 2 * rack.u_height)]
    return buyers.pop() if whole and len(buyers) == 1 else None


def _undocumented(rack: RackUnit, customer: str | None) -> Difference:
    said: dict[str, Values] = {"rack": rack.name, "site": rack.site, "room": rack.room, "u_height": rack.u_height}
    title = f"Baie {rack.name} ({rack.site}, {rack.room}) n'est pas documentée"
    return _difference(rack.name, UNDOCUMENTED, "", title, customer, said | {"customer": customer}, None)


def _misdocumented(
    rack: RackUnit, documented: RackUnit, shares: _Shares, on: date, names: Mapping[str, str], known: frozenset[str]
) -> Iterator[Difference]:
    customer = _whole_holder(rack, shares.held)
    if rack.u_height != documented.u_height:
        title = f"Baie {rack.name} a {rack.u_height} U et est documentée à {documented.u_height} U"
        yield _difference(
            rack.name, MISDOCUMENTED, "u_height", title, customer, rack.u_height, documented.u_height
        )  # fmt: skip
    yield from _tenant(rack, documented, customer, shares, names, known)


def _tenant(
    rack: RackUnit,
    documented: RackUnit,
    customer: str | None,
    shares: _Shares,
    names: Mapping[str, str],
    known: frozenset[str],
) -> Iterator[Difference]:
    """The tenant of a whole rack is its customer; that of a shared or a free rack is none of the customers.

    A tenant tells technicians that every unit is somebody's: on a shared rack it hides the neighbour, on a free one
    the space that is left to sell. A tenant that is no customer (the operator, its supplier) is the documentation's
    own affair, and a customer may be written down before the first day of its whole rack.
    """
    said = documented.customer or documented.tenant
    if customer is None and said not in known:
        return
    expected = {customer} | ({_whole_holder(rack, shares.to_come)} if not shares.held else set())
    if said in expected:
        return
    sold = f"vendue entière {to(named(names, customer))}" if customer else _rest(shares)
    told = f"documentée pour {named(names, said)}" if said else "documentée sans tenant"
    title = f"Baie {rack.name} est {sold} et {told}"
    yield _difference(rack.name, MISDOCUMENTED, "tenant", title, customer or said, customer, said)


def _rest(shares: _Shares) -> str:
    return "vendue par parts" if shares.held else "vendue à personne"


def _difference(
    rack: str, rule: str, field: str, title: str, customer: str | None, sold: Values, documented: Values
) -> Difference:
    return Difference(
        thing=f"rack:{rack}", rule=rule, field=field, scope=SPACE_SCOPE, title=title, customer=customer, sold=sold,
        documented=documented, real=None, resources=Resources(),
    )  # fmt: skip


def _tenants(answers: Answers, on: date) -> Iterator[Difference]:
    """A customer that has something which is documented (a machine, rack space, a box) on that day, and is no tenant.

    Whoever only buys hours or domain names has nothing in the documentation that would need a tenant.
    """
    if not answers.complete(DOCUMENTED, TENANTS):
        return
    documented = {tenant.customer or tenant.slug for tenant in answers.facts(DOCUMENTED, Tenant)}
    served = _served(answers, on)
    for tenant in sorted(set(answers.facts(SOLD, Tenant)), key=lambda tenant: tenant.slug):
        if tenant.slug in served and tenant.slug not in documented:
            yield Difference(
                thing=f"tenant:{tenant.slug}", rule=NO_TENANT, field="", scope=TENANTS_SCOPE,
                title=f"{tenant.name} est cliente et n'a pas de tenant dans la documentation", customer=tenant.slug,
                sold={"slug": tenant.slug, "name": tenant.name}, documented=None, real=None, resources=Resources(),
            )  # fmt: skip


def _served(answers: Answers, on: date) -> set[str | None]:
    """The customers with something sold on that day that a documentation tells of."""
    kinds: tuple[type[Guest] | type[Reservation] | type[Appliance], ...] = (Guest, Reservation, Appliance)
    facts = [fact for kind in kinds for fact in answers.facts(SOLD, kind)]
    return {fact.customer for fact in facts if (fact.start or date.min) <= on < (fact.end or date.max)}
