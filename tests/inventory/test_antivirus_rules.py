"""Rules of licences by their values; an export that is not whole, or a group nobody knows, proves nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.antivirus_rules import Count, Holders, counts
from inventory.compare import Difference, Resources, compare, examine
from inventory.facts import ANTIVIRUS, Fact, Scope, ScopeStatus, Seats, Snapshot

ON = date(2024, 6, 15)
AT = datetime(2024, 6, 15, 10, tzinfo=UTC)
COMPLETE, PARTIAL, FAILED = ScopeStatus
NAMES = {"roye": "Roye", "bray-sur-somme": "Bray-sur-Somme", "etaples": "Étaples"}


def sold(customer: str = "roye", kind: str = "workstation", quantity: int = 2, **days: date) -> Seats:
    return Seats(customer, kind, quantity, days.get("start", date(2024, 1, 1)), days.get("end"))


def seen(group: str = "Roye", kind: str = "workstation", *hosts: str, said: str | None = None) -> Seats:
    return Seats(said, kind, len(hosts), group=group, hosts=hosts)


def contracts(*facts: Fact, status: ScopeStatus = COMPLETE) -> Snapshot:
    return Snapshot("contracts", "sold", AT, 0.1, (Scope("contracts", status, facts),))


def console(*facts: Fact, status: ScopeStatus = COMPLETE) -> Snapshot:
    return Snapshot("antivirus", "real", AT, 0.1, (Scope("antivirus", status, facts, subject=ANTIVIRUS),))


def told(*snapshots: Snapshot) -> list[Difference]:
    return [one for one in compare(snapshots, ON, names=NAMES) if one.rule.startswith("av.")]


def only(*snapshots: Snapshot) -> Difference:
    (difference,) = told(*snapshots)
    return difference


def test_more_hosts_than_licences() -> None:
    found = only(contracts(sold()), console(seen("Roye", "workstation", "A", "B", "C")))
    assert (found.rule, found.thing, found.field, found.scope) == (
        "av.over-seats",
        "av:roye",
        "workstation",
        "antivirus",
    )
    assert found.title == "Roye : 3 postes protégés pour 2 vendus : 1 poste de plus"
    assert (found.customer, found.resources) == ("roye", Resources(workstations=1))
    assert (found.sold, found.documented) == ({"quantity": 2}, None)
    assert found.real == {"quantity": 3, "groups": ["Roye"]}


def test_servers_are_counted_apart() -> None:
    found = only(contracts(sold(quantity=1)), console(seen("Roye", "workstation", "A"), seen("Roye", "server", "S")))
    assert (found.field, found.resources, found.sold) == ("server", Resources(servers=1), None)
    assert found.title == "Roye : 1 serveur protégé pour 0 vendus : 1 serveur de plus"


def test_fewer_hosts_than_licences() -> None:
    found = only(contracts(sold(quantity=5)), console(seen("Roye", "workstation", "A", "B")))
    assert (found.rule, found.thing, found.field) == ("av.unused-seats", "av:roye", "workstation")
    assert (found.title, found.resources) == ("Roye : 2 postes protégés pour 5 vendus", Resources(workstations=3))


def test_as_many_hosts_as_licences_whatever_their_orders_and_groups() -> None:
    orders = contracts(sold(), sold(quantity=1), sold(quantity=9, end=ON), sold(quantity=9, start=date(2024, 6, 16)))
    assert told(orders, console(seen("Roye", "workstation", "A", "B"), seen("ROYE", "workstation", "b", "C"))) == []


def test_a_group_that_nobody_knows_is_protected_for_nobody() -> None:
    found = only(contracts(), console(seen("Ancien client", "server", "S1", "S2", said="ancien")))
    assert (found.rule, found.thing, found.field) == ("av.over-seats", "av-group:Ancien client", "server")
    assert found.title == "Groupe « Ancien client » de l'antivirus : 2 serveurs protégés, à personne que l'on connaisse"
    assert (found.customer, found.resources) == (None, Resources(servers=2))


def test_a_customer_that_is_not_shown_may_be_a_group_that_nobody_knows() -> None:
    orders = contracts(sold(), sold("etaples"))
    whole = console(seen("Roye", "workstation", "A", "B"))
    assert only(orders, whole).title == "Étaples : 0 poste protégé pour 2 vendus"
    doubt = console(seen("Roye", "workstation", "A", "B"), seen("Mairie", "workstation", "C", "D"))
    assert [one.rule for one in told(orders, doubt)] == ["av.over-seats"]


@pytest.mark.parametrize(
    "snapshots",
    [
        [contracts(sold())],  # no console
        [contracts(sold()), console(status=FAILED)],
        [contracts(sold()), console()],  # an export of nobody
        [contracts(sold()), console(seen("Roye", "workstation", "A"), status=PARTIAL)],
        [contracts(sold(), status=FAILED), console(seen("Roye", "workstation", "A"))],
    ],
)
def test_where_nothing_may_be_said_of_licences(snapshots: list[Snapshot]) -> None:
    assert told(*snapshots) == []


def test_findings_of_licences_are_settled_by_a_whole_export_only() -> None:
    rules = {("av.over-seats", "antivirus"), ("av.unused-seats", "antivirus")}
    assert rules <= examine([contracts(sold()), console(seen("Roye", "workstation", "A"))], ON).trusted
    assert not rules & examine([contracts(sold()), console(status=PARTIAL)], ON).trusted


@pytest.mark.parametrize(
    ("group", "said", "code"),
    [
        ("roye", None, "roye"), ("ROYE", None, "roye"), ("bray sur somme", None, "bray-sur-somme"),
        ("ETAPLES", None, "etaples"), ("étaples", None, "etaples"), ("Mairie", "etaples", "etaples"),
        ("Mairie", None, None), ("Roye-Nord", None, None), ("", None, None), ("Roye", "inconnu", "roye"),
    ],
)  # fmt: skip
def test_a_group_is_a_customer_by_code_or_name_whatever_its_case_and_accents(
    group: str, said: str | None, code: str | None
) -> None:
    assert Holders(NAMES)(seen(group, "server", "S", said=said)) == code


GROUPS = st.sampled_from(["Roye", "ROYE", "etaples", "Mairie", "mairie", "Autre"])
KINDS = st.sampled_from(["workstation", "server"])


@given(st.lists(st.tuples(GROUPS, KINDS, st.sets(st.sampled_from("abcdE"), min_size=1)), max_size=8))
def test_no_host_is_lost_or_counted_twice(told_seats: list[tuple[str, str, set[str]]]) -> None:
    seats = [seen(group, kind, *sorted(hosts)) for group, kind, hosts in told_seats]
    found: list[Count] = counts(seats, NAMES)
    holder = Holders(NAMES)
    exact = {
        (holder(one) or f"?{(one.group or '').lower()}", one.kind, host.lower()) for one in seats for host in one.hosts
    }
    assert sum(count.quantity for count in found) == len(exact)
