"""The board is narrowed, sorted and added up by the database as a person would by hand, on both databases."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dcops.db import Database
from inventory import board_store
from inventory.board import NOBODY, Wanted
from inventory.findings import ACTIVE, State, eur_since_seen
from inventory.models import Customer, Finding, Reconciliation, SourceSnapshot
from inventory.orm import Transaction

NOW = datetime(2024, 6, 15, 10, tzinfo=UTC)
NAMES = ("Étaples", "Abbeville", "Œuilly", "Villers-l'Île", "roye")
RULES = ("vm.unbilled", "vm.ghost", "rack.overlap")


def fill(tx: Transaction) -> list[Finding]:
    """Sixty findings of five customers and of nobody, in every state, seen on both sides of a change of hour."""
    dice = random.Random(7)
    customers = [Customer(code=f"c{n}", name=name, kind="commune") for n, name in enumerate(NAMES)]
    rows = [
        Finding(
            thing=f"vm:a/{n}", rule=dice.choice(RULES), field="", scope=dice.choice(("a", "b")), title=f"srv-{n} à Ham",
            customer=dice.choice([*customers, None]), sold=None, documented=None, real={"vmid": n},
            eur_per_year=Decimal(dice.randrange(100_000)) / 100, state=dice.choice(list(State)), last_seen=NOW,
            first_seen=datetime(2024, 3, 29, 23, 30, tzinfo=UTC) + timedelta(hours=7 * n), frozen=dice.random() < 0.3,
            sources={},
        )
        for n in range(60)
    ]  # fmt: skip
    tx.add_all([*customers, *rows])
    tx.flush()
    return rows


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(states=None),
        Wanted(states=frozenset({State.IGNORED})),
        Wanted(rule="vm.ghost"),
        Wanted(customer="c0"),
        Wanted(customer=NOBODY),
        Wanted(scope="b", frozen=True),
        Wanted(states=None, after=NOW - timedelta(days=65)),
        Wanted(states=None, before=NOW - timedelta(days=65)),
        Wanted(states=None, words=("etaples",)),
        Wanted(states=None, words=("L’ILE", "ham")),
        Wanted(states=None, words=("oeuilly",)),
        Wanted(states=None, words=("srv-1", "a/1")),
        Wanted(states=None, words=("100%",)),
    ],
)
def test_a_list_and_its_sums_are_those_of_the_findings_that_match(database: Database, wanted: Wanted) -> None:
    with database.transaction() as tx:
        expected = [row for row in fill(tx) if matches(row, wanted)]
        found = board_store.page(tx, wanted, "-yearly", NOW, 0, 100)
        assert [row.id for row in found] == [r.id for r in sorted(expected, key=lambda r: (-r.eur_per_year, r.id))]
        assert board_store.ids(tx, wanted) == [row.id for row in found]
        assert [row.id for row in board_store.stream(tx, wanted, "-yearly", NOW)] == [row.id for row in found]
        rules = board_store.sums_by_rule(tx, wanted)
        assert {rule: told.count for rule, told in rules.items()} == counted(expected)
        assert sum(told.eur_per_year for told in rules.values()) == sum(row.eur_per_year for row in expected)
        since = sum((eur_since_seen(row.eur_per_year, row.first_seen, NOW) for row in expected), Decimal(0))
        assert abs(board_store.eur_since_seen(tx, wanted, NOW) - since) <= Decimal("0.005") * (len(expected) + 1)


def matches(row: Finding, wanted: Wanted) -> bool:
    name = row.customer.name if row.customer else ""
    text = f"{row.title} {row.thing} {row.rule} {name}".lower().replace("é", "e").replace("î", "i").replace("œ", "oe")
    plain = [word.lower().replace("’", "'") for word in wanted.words]
    return (
        (wanted.states is None or row.state in wanted.states)
        and wanted.rule in (None, row.rule)
        and wanted.customer in (None, row.customer.code if row.customer else NOBODY)
        and wanted.scope in (None, row.scope)
        and wanted.frozen in (None, row.frozen)
        and (wanted.after is None or row.first_seen >= wanted.after)
        and (wanted.before is None or row.first_seen < wanted.before)
        and all(word in text for word in plain)
    )


def counted(rows: list[Finding]) -> dict[str, int]:
    rules = [row.rule for row in rows]
    return {rule: rules.count(rule) for rule in set(rules)}


@pytest.mark.parametrize("column", ["title", "rule", "yearly", "since", "seen", "state", "customer"])
def test_both_orders_of_a_column_are_the_same_reversed(database: Database, column: str) -> None:
    wanted = Wanted(states=None)
    with database.transaction() as tx:
        fill(tx)
        up, down = (board_store.page(tx, wanted, order, NOW, 0, 100) for order in (column, f"-{column}"))
        values = [told(row, column) for row in up if told(row, column) is not None]
        assert values == [told(row, column) for row in reversed(down) if told(row, column) is not None]
        assert len(up) == len(down) == 60
        if column in ("yearly", "seen"):
            assert values == sorted(values)


def told(row: Finding, column: str) -> object:
    values = {
        "title": row.title, "rule": row.rule, "yearly": row.eur_per_year, "seen": row.first_seen, "state": row.state,
        "customer": row.customer.name if row.customer else None,
        "since": row.eur_per_year * int((NOW - row.first_seen).total_seconds()),
    }  # fmt: skip
    return values[column]


def test_customers_sort_as_french_people_do_and_nobody_comes_first_of_the_choices(database: Database) -> None:
    with database.transaction() as tx:
        fill(tx)
        assert board_store.customers_of(tx, Wanted(states=None)) == [
            (NOBODY, ""), ("c1", "Abbeville"), ("c0", "Étaples"), ("c2", "Œuilly"), ("c4", "roye"),
            ("c3", "Villers-l'Île"),
        ]  # fmt: skip
        shown = board_store.page(tx, Wanted(states=None), "customer", NOW, 0, 100)
        names = list(dict.fromkeys(row.customer.name if row.customer else None for row in shown))
        assert names == ["Abbeville", "Étaples", "Œuilly", "roye", "Villers-l'Île", None]


def test_a_page_is_read_not_the_whole_list(database: Database) -> None:
    with database.transaction() as tx:
        fill(tx)
        tx.expire_all()
        tx.expunge_all()
        assert len(board_store.page(tx, Wanted(states=None), "-yearly", NOW, 10, 5)) == 5
        assert sum(isinstance(row, Finding) for row in tx.identity_map.values()) <= 5


def test_the_trend_is_what_runs_concluded_since_a_day(database: Database) -> None:
    with database.transaction() as tx:
        for days, active in ((40, 3), (20, 5), (2, 4)):
            at = NOW - timedelta(days=days)
            tx.add(Reconciliation(
                at=at, last_at=at + timedelta(days=1), opened=1, reopened=0, resolved=0, frozen=0, active=active,
                eur_per_year=Decimal(active), withheld={},
            ))  # fmt: skip
        tx.flush()
        assert [run.active for run in board_store.reconciliations(tx, NOW - timedelta(days=30))] == [5, 4]
        assert [run.active for run in board_store.reconciliations(tx)] == [3, 5, 4]
        last = board_store.last_reconciliation(tx)
        assert last is not None
        assert last.active == 4


def test_the_evidence_is_the_answer_that_held_when_the_finding_was_last_seen(database: Database) -> None:
    with database.transaction() as tx:
        finding = Finding(
            thing="vm:a/7", rule="vm.oversized", field="vcpu", scope="a", title="srv", sold=2, documented=None, real=4,
            eur_per_year=Decimal(1), state="OPEN", first_seen=NOW, last_seen=NOW, sources={"a": NOW.isoformat()},
        )  # fmt: skip
        tx.add(finding)
        for at, vcpus in ((NOW - timedelta(days=1), "1"), (NOW, "4"), (NOW + timedelta(days=1), "8")):
            facts = [{"type": "guest", "cluster": "a", "vmid": n, "vcpus": vcpus} for n in (6, 7)]
            tx.add(SourceSnapshot(
                source="a", kind="real", scope="a", status="complete", taken_at=at, duration_s=1, object_count=2,
                facts=facts, faults=[],
            ))  # fmt: skip
        tx.flush()
        (told,) = board_store.evidence(tx, finding)
        assert (told.at, told.facts) == (NOW, ({"type": "guest", "cluster": "a", "vmid": 7, "vcpus": "4"},))


def test_active_findings_are_those_of_an_unnarrowed_list() -> None:
    assert Wanted().states == ACTIVE


def test_things_are_counted_by_their_open_findings(database: Database) -> None:
    with database.transaction() as tx:
        rows = [row for row in fill(tx) if row.state in ACTIVE]
        assert board_store.counts_by_thing(tx, Wanted()) == {row.thing: 1 for row in rows}
