"""The rules of licences: more protected than sold, or fewer, of each customer and kind of host; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from inventory.answers import Answers
from inventory.customers import slug
from inventory.differences import Difference, Resources
from inventory.facts import ANTIVIRUS, ScopeStatus, Seats
from inventory.french import counted, folded, named
from inventory.match import REAL, SOLD

KINDS = {"workstation": "poste", "server": "serveur"}
LONGEST_THING = 190


@dataclass
class Count:
    """What the console counts under one customer (None: nobody knows whose) and kind; hosts of several groups once."""

    customer: str | None
    kind: str
    groups: list[str] = field(default_factory=list)
    hosts: dict[str, str] = field(default_factory=dict)  # folded name -> as it is written

    @property
    def quantity(self) -> int:
        return len(self.hosts)


class Holders:
    """Whose a group of the console is: what the rules read, else the group itself, as a customer's code or name."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._codes = {**{folded(name): code for code, name in names.items()}, **{code: code for code in names}}

    def __call__(self, seats: Seats) -> str | None:
        words = [word for word in (seats.customer, seats.group) if word]
        found = (self._codes.get(said) for word in words for said in (word, slug(word), folded(word)))
        return next((code for code in found if code is not None), None)


def counts(told: Iterable[Seats], names: Mapping[str, str]) -> list[Count]:
    """The seats of an export by customer and kind; each group that is nobody's stays apart."""
    holder_of = Holders(names)
    found: dict[tuple[str, str, str], Count] = {}
    for seats in told:
        code, group = holder_of(seats), seats.group or ""
        key = (code or "", "" if code else folded(group), seats.kind)
        count = found.setdefault(key, Count(code, seats.kind))
        count.groups += [group] if group and group not in count.groups else []
        count.hosts |= {folded(host): host for host in seats.hosts}
    return [found[key] for key in sorted(found)]


def antivirus_differences(answers: Answers, on: date, names: Mapping[str, str]) -> Iterator[Difference]:
    """``av.over-seats`` and ``av.unused-seats`` of each customer and kind, once the whole console was read.

    A customer that the console does not show at all may be one of its groups that nobody knows: nothing is said to be
    unused then. An export without any host proves nothing.
    """
    scopes = [
        scope
        for snapshot in answers.snapshots
        if snapshot.kind == REAL
        for scope in snapshot.scopes
        if scope.subject == ANTIVIRUS
    ]
    seats = [fact for scope in scopes for fact in scope.facts if isinstance(fact, Seats)]
    whole = all(scope.status is ScopeStatus.COMPLETE for scope in scopes)
    if not seats or not whole or not answers.complete(SOLD, ANTIVIRUS):
        return
    real, sold = counts(seats, names), _sold(answers.facts(SOLD, Seats), on)
    scope = scopes[0].name
    for count in real:
        key = (count.customer or "", count.kind)
        if count.customer is None:
            yield _unknown(count, scope)
        elif count.quantity > sold.get(key, 0):
            yield _over(count, sold.get(key, 0), scope, names)
    yield from _unused(real, sold, scope, names)


def _sold(seats: Iterable[Seats], on: date) -> dict[tuple[str, str], int]:
    """Licences in force on a day, by customer and kind."""
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for one in seats:
        if one.customer and (one.start or date.min) <= on < (one.end or date.max):
            found[one.customer, one.kind] += one.quantity
    return dict(found)


def _unknown(count: Count, scope: str) -> Difference:
    group = count.groups[0] if count.groups else "?"
    title = f"Groupe « {group} » de l'antivirus : {_protected(count)}, à personne que l'on connaisse"
    thing = f"av-group:{group}"[:LONGEST_THING]
    return _difference("av.over-seats", thing, count, scope, title, 0, count.quantity)


def _over(count: Count, sold: int, scope: str, names: Mapping[str, str]) -> Difference:
    more = counted(count.quantity - sold, KINDS[count.kind])
    title = f"{named(names, count.customer or '')} : {_protected(count)} pour {sold} vendus : {more} de plus"
    return _difference("av.over-seats", f"av:{count.customer}", count, scope, title, sold, count.quantity - sold)


def _unused(
    real: Iterable[Count], sold: Mapping[tuple[str, str], int], scope: str, names: Mapping[str, str]
) -> Iterator[Difference]:
    counted_of = {(count.customer or "", count.kind): count for count in real}
    shown = {customer for customer, _ in counted_of}
    for (customer, kind), quantity in sorted(sold.items()):
        count = counted_of.get((customer, kind), Count(customer, kind))
        if quantity <= count.quantity or (customer not in shown and "" in shown):
            continue
        title = f"{named(names, customer)} : {_protected(count)} pour {quantity} vendus"
        more = quantity - count.quantity
        yield _difference("av.unused-seats", f"av:{customer}", count, scope, title, quantity, more)


def _protected(count: Count) -> str:
    word = KINDS[count.kind]
    return counted(count.quantity, f"{word} protégé", f"{word}s protégés")


def _difference(rule: str, thing: str, count: Count, scope: str, title: str, sold: int, differ: int) -> Difference:
    told = {"quantity": count.quantity, "groups": count.groups} if count.groups else {"quantity": count.quantity}
    return Difference(
        thing=thing,
        rule=rule,
        field=count.kind,
        scope=scope,
        title=title,
        customer=count.customer,
        sold={"quantity": sold} if sold else None,
        documented=None,
        real=told,
        resources=Resources(servers=differ) if count.kind == "server" else Resources(workstations=differ),
    )
