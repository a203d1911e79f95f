"""What the rules make of what was told: who decided, what is left to nobody, codes that are no customer's."""

from __future__ import annotations

from inventory.facts import BackupStore, Guest, Seats, Tenant
from inventory.mapping import CONVENTION, NAME, POOL, TAG
from inventory.mapping_review import GROUP, MACHINE, STORE, TENANT, hints_of, review, things_of

FACTS = (
    Guest("web", "pve", 101, pool="client-albert", tags=("prod",)),
    Guest("db", "pve", 102, pool="production", tags=("client-roye",)),
    Guest("old", "pve", 103, pool="production"),
    Guest("lost", "pve", 104, tags=("prod",)),
    Guest("model", "pve", 9000, template=True),
    Guest(None, "pve", 105, kind="lxc"),
    Tenant("albert", "Ville d'Albert"),
    Tenant("roye-ville", "Ville de Roye"),
    Seats("albert", "server", 3, group="albert"),
    Seats("albert", "workstation", 3, group="albert"),
    BackupStore("pbs", "store1", None, None),
)


def test_each_thing_is_decided_by_one_rule_or_left_to_nobody() -> None:
    found = review(CONVENTION, things_of(FACTS), {"albert": "Albert", "roye": "Roye"})
    assert found.decided == {(1, MACHINE): 1, (2, MACHINE): 1, (3, MACHINE): 1, (4, TENANT): 2, (6, GROUP): 1}
    assert [(thing.kind, thing.name, thing.words) for thing in found.nobody] == [
        (MACHINE, "lost (pve/104)", "prod"),
        (MACHINE, "lxc/105 (pve/105)", ""),
        (STORE, "pbs / store1", "store1"),
    ]
    assert [(thing.name, by.rule, by.customer) for thing, by in found.strangers] == [
        ("old (pve/103)", 3, "production"),
        ("roye-ville", 4, "roye-ville"),
    ]


def test_a_group_of_the_antivirus_may_bear_the_name_of_its_customer() -> None:
    groups = [Seats("péronne", "server", 1, group="Péronne"), Seats("sivom", "server", 1, group="Ancien SIVOM")]
    found = review(CONVENTION, things_of(groups), {"peronne": "PERONNE"})
    assert [thing.name for thing, _ in found.strangers] == ["Ancien SIVOM"]


def test_words_that_are_not_there_are_no_hints() -> None:
    assert hints_of() == {}
    assert hints_of("", ["", "a"], None, "x") == {TAG: ["a"], NAME: ["x"]}
    assert hints_of("p") == {POOL: ["p"]}
