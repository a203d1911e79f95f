"""A plan is carried out as it was reviewed, each action once, on both databases; what changed since is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import text, update

from dcops.config import Settings
from dcops.contracts import machine_orders
from dcops.contracts.machine_orders import MachineOrder, Sizes
from dcops.db import Database
from dcops.plans.applying import Outcome, apply
from dcops.plans.choices import Choices
from dcops.plans.planning import abandon, keep, propose
from dcops.plans.rows import close
from dcops.wiring import Parts
from inventory import plan_store, store
from inventory.clock import FixedClock
from inventory.decisions import acknowledge, done
from inventory.errors import Conflict, Invalid, NotFound
from inventory.findings import State
from inventory.models import Finding, PlanAction
from inventory.plan import Kind
from tests.dcops.plans import world
from tests.dcops.plans.world import JULY, from_july

WHO = "alex"
MAY = Choices(date(2024, 5, 1))


@pytest.fixture
def ready(database: Database, clock: FixedClock) -> Parts:
    """Two customers on a fresh database of each kind."""
    parts = Parts(Settings(), database, clock, {})
    with database.transaction() as tx:
        world.customers(tx)
    return parts


def plan(parts: Parts, ids: Sequence[int], choices: Choices = MAY) -> tuple[int, str]:
    """A kept plan: its number, and the checksum that was shown."""
    shown = propose(parts, ids, choices)
    assert shown.refused == ()
    return keep(parts, ids, choices, shown.checksum, WHO, "revue de juin"), shown.checksum


def orders(parts: Parts) -> list[tuple[str, int | None, Sizes, str, str | None]]:
    with parts.database.transaction() as tx:
        return [
            (row.name, row.vmid, machine_orders.sizes_of(row), str(row.start), str(row.end) if row.end else None)
            for row in store.machines(tx)
        ]


def states(parts: Parts, number: int) -> tuple[str, list[str], list[str]]:
    """Of a plan, of its actions, of their findings."""
    with parts.database.transaction() as tx:
        found = plan_store.plan(tx, number)
        return found.state, [row.state for row in found.actions], [row.finding.state for row in found.actions]


def test_a_plan_is_applied_and_says_what_it_did(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        row = world.machine(tx)
        gone = world.machine(tx, "parti", 102)
        ids = [world.unbilled(tx), world.oversized(tx, "vcpu", 2, 4), world.ghost(tx, gone)]
        number_of = {"web": row.id, "parti": gone.id}
    number, shown = plan(ready, ids)
    outcome = apply(ready, number, shown, WHO)
    assert (outcome.applied, outcome.failed, outcome.outdated, outcome.by_hand) == (3, 0, 0, 0)
    assert "enregistrée : essai (amiens-a/901) dès le 01/05/2024." in outcome.messages[0]
    assert orders(ready) == [
        ("essai", 901, Sizes(2, 4, 50), "2024-05-01", None),
        ("parti", 102, Sizes(2, 4, 50), "2024-01-01", "2024-05-01"),
        ("web", 101, Sizes(2, 4, 50), "2024-01-01", "2024-05-01"),
        ("web", 101, Sizes(4, 4, 50), "2024-05-01", None),
    ]
    assert states(ready, number) == ("applied", ["applied"] * 3, [State.APPLIED] * 3)
    with ready.database.transaction() as tx:
        found = plan_store.plan(tx, number)
        assert (found.applied_by, found.applied_at) == (WHO, ready.clock.now())
        assert found.actions[2].message == f"commande n° {number_of['parti']} de parti close au 01/05/2024."
        assert store.finding(tx, ids[0]).moves[-1].why.startswith(f"plan n° {number} : commande n°")


def test_a_plan_applied_again_does_nothing_more(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        id = world.unbilled(tx)
    number, shown = plan(ready, [id])
    apply(ready, number, shown, WHO)
    before = orders(ready)
    assert apply(ready, number, shown[:8], "quelqu'un d'autre") == Outcome()
    assert orders(ready) == before
    with ready.database.transaction() as tx:
        assert plan_store.plan(tx, number).applied_by == WHO


@pytest.mark.parametrize("forged", ["", "0" * 64, "abcdef"])
def test_only_the_reviewed_plan_is_applied(ready: Parts, forged: str) -> None:
    with ready.database.transaction() as tx:
        id = world.unbilled(tx)
    number, shown = plan(ready, [id])
    with pytest.raises(Conflict, match="n'est pas la somme de contrôle"):
        apply(ready, number, forged or shown[:7], WHO)
    with pytest.raises(NotFound, match="plan n° 999"):
        apply(ready, 999, shown, WHO)
    assert (orders(ready), states(ready, number)[0]) == ([], "draft")


def test_a_plan_whose_actions_were_touched_is_not_applied(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        id = world.unbilled(tx)
    number, shown = plan(ready, [id])
    with ready.database.transaction() as tx:
        (row,) = plan_store.plan(tx, number).actions
        row.payload, payload = {**row.payload, "customer": "doullens"}, row.payload
    with pytest.raises(Conflict, match="ne sont plus celles qui ont été revues"):
        apply(ready, number, shown, WHO)
    with ready.database.transaction() as tx:
        (row,) = plan_store.plan(tx, number).actions
        row.payload, row.title = payload, "Ne rien faire"
    with pytest.raises(Conflict, match="ne sont plus celles qui ont été revues"):
        apply(ready, number, shown, WHO)
    assert orders(ready) == []


def test_a_finding_that_changed_since_the_review_is_left_alone_and_the_others_go_on(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        ids = [world.unbilled(tx), world.unbilled(tx, 902, "autre")]
    number, shown = plan(ready, ids)
    with ready.database.transaction() as tx:
        tx.execute(update(Finding).where(Finding.id == ids[0]).values(real=world.running(vcpu=16)))
    outcome = apply(ready, number, shown, WHO)
    assert (outcome.applied, outcome.outdated) == (1, 1)
    assert f"l'écart n° {ids[0]} a changé depuis la revue" in outcome.messages[0]
    assert [name for name, *_ in orders(ready)] == ["autre"]
    assert states(ready, number) == (
        "applied", ["outdated", "applied"], [State.ACKNOWLEDGED, State.APPLIED],
    )  # fmt: skip


def test_an_order_that_changed_since_the_review_is_left_alone(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        row, other = world.machine(tx), world.machine(tx, "autre", 102)
        ids = [world.oversized(tx, "vcpu", 2, 4), world.ghost(tx, other), world.unbilled(tx)]
    number, shown = plan(ready, ids)
    with ready.database.transaction() as tx:
        machine_orders.resize(tx, row.id, Sizes(3, 4, 50), date(2024, 4, 1))
        machine_orders.end(tx, other.id, date(2024, 4, 1))
        machine_orders.order(
            tx, MachineOrder("doullens", "essai", Sizes(1, 1, 1), date(2024, 6, 1), None, "amiens-a", 901)
        )
    before = orders(ready)
    outcome = apply(ready, number, shown, WHO)
    assert (outcome.applied, outcome.outdated, outcome.failed) == (0, 3, 0)
    assert "amiens-a/901 est déjà vendu" in outcome.messages[2]
    assert orders(ready) == before


def test_all_sizes_of_one_machine_are_settled_together(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        world.machine(tx)
        ids = [world.oversized(tx, "vcpu", 2, 4), world.oversized(tx, "ram", 4, 8)]
    number, shown = plan(ready, ids)
    assert apply(ready, number, shown, WHO).applied == 1
    assert orders(ready)[1] == ("web", 101, Sizes(4, 8, 50), "2024-05-01", None)
    with ready.database.transaction() as tx:
        assert [store.finding(tx, id).state for id in ids] == [State.APPLIED] * 2


def test_one_size_that_changed_holds_the_whole_order_back(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        world.machine(tx)
        ids = [world.oversized(tx, "vcpu", 2, 4), world.oversized(tx, "ram", 4, 8)]
    number, shown = plan(ready, ids)
    with ready.database.transaction() as tx:
        acknowledge(tx, ids[1], WHO, "la mémoire sera réduite", ready.clock.now())
    assert apply(ready, number, shown, WHO).outdated == 1
    assert len(orders(ready)) == 1
    with ready.database.transaction() as tx:
        assert [store.finding(tx, id).state for id in ids] == [State.ACKNOWLEDGED] * 2


def test_an_order_of_a_day_to_come_leaves_the_finding_planned_until_then(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        id = world.unbilled(tx)
    number, shown = plan(ready, [id], from_july())
    assert apply(ready, number, shown, WHO).applied == 1
    assert states(ready, number) == ("applied", ["applied"], [State.PLANNED])
    with ready.database.transaction() as tx:
        moves = store.finding(tx, id).moves
        assert (moves[-1].before, moves[-1].after) == (State.PLANNED, State.PLANNED)
        assert "01/07/2024" in moves[-1].why
    assert propose(ready, [id], from_july()).actions == ()


def test_licences_and_plans_of_boxes_are_changed(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        world.seats(tx, 4)
        world.seats(tx, 6, date(2024, 2, 1))
        world.box(tx)
        ids = [
            world.finding(tx, "av.unused-seats", "av:albert", field="workstation", real=world.seat_count(5)),
            world.finding(tx, "backup.over-plan", "nas:NAS-1", sold=world.plan(60), real={"used_gb": 100}),
        ]
    number, shown = plan(ready, ids)
    assert apply(ready, number, shown, WHO).applied == 2
    with ready.database.transaction() as tx:
        rows = [(row.quantity, str(row.start), str(row.end)) for row in store.antivirus_seats(tx)]
        (change,) = store.nas_unit(tx, "NAS-1").plans
        assert (change.plan_gb, change.start, change.author) == (120, date(2024, 5, 1), WHO)
    assert rows == [
        (4, "2024-01-01", "2024-05-01"), (6, "2024-02-01", "2024-05-01"), (5, "2024-05-01", "None"),
    ]  # fmt: skip


def test_licences_that_changed_since_the_review_are_left_alone(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        world.seats(tx, 4)
        id = world.finding(tx, "av.over-seats", "av:albert", field="workstation", real=world.seat_count(6))
    number, shown = plan(ready, [id])
    with ready.database.transaction() as tx:
        world.seats(tx, 1, date(2024, 2, 1))
    assert apply(ready, number, shown, WHO).outdated == 1


def test_what_people_do_stays_planned_until_they_say_so(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        ids = [world.unbilled(tx), world.unbilled(tx, 902, "autre")]
    number, shown = plan(ready, ids, Choices(JULY, {}, {ids[0]: Kind.PROXMOX_REMOVAL}))
    assert apply(ready, number, shown, WHO).by_hand == 1
    assert states(ready, number)[:2] == ("applied", ["pending", "applied"])
    with ready.database.transaction() as tx:
        assert done(tx, ids[0], "bob", "arrêtée ce matin", ready.clock.now()).state == State.APPLIED
    assert states(ready, number)[1] == ["applied", "applied"]
    with ready.database.transaction() as tx, pytest.raises(Conflict):
        done(tx, ids[0], "bob", "encore", ready.clock.now())


def test_what_a_plan_is_to_do_is_not_said_to_be_done_by_hand(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        id = world.unbilled(tx)
    plan(ready, [id])
    with ready.database.transaction() as tx, pytest.raises(Conflict, match="attend le plan"):
        done(tx, id, "bob", "fait", ready.clock.now())


def test_an_abandoned_plan_is_not_applied(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        id = world.unbilled(tx)
    number, shown = plan(ready, [id])
    with ready.database.transaction() as tx:
        abandon(tx, number, WHO, "erreur", ready.clock.now())
    with pytest.raises(Conflict, match="abandonné"):
        apply(ready, number, shown, WHO)
    assert orders(ready) == []


def test_a_refused_action_is_failed_and_the_others_go_on(ready: Parts) -> None:
    """NetBox is not configured: its write is refused in words, the order is recorded."""
    with ready.database.transaction() as tx:
        ids = [world.unbilled(tx), world.finding(tx, "vm.undocumented", "vm:amiens-a/8", real=world.running(8))]
    number, _ = plan(ready, ids[:1])
    with ready.database.transaction() as tx:
        found = plan_store.plan(tx, number)
        expected = {"sold": None, "documented": None, "real": world.running(8)}
        found.actions.append(
            PlanAction(
                finding_id=ids[1], kind=Kind.NETBOX_CREATE, target="virtualization/virtual-machines", title="Fiche",
                payload={"requests": []}, expected=expected, eur_per_year=0, state="pending",
            )
        )  # fmt: skip
        tx.flush()
        row = tx.get(Finding, ids[1])
        assert row is not None
        row.state = State.PLANNED
        found.checksum = shown = rechecked(found)
    outcome = apply(ready, number, shown, WHO)
    assert (outcome.applied, outcome.failed) == (1, 1)
    assert "aucun NetBox n'est réglé" in outcome.messages[1]
    assert states(ready, number)[1:] == (["applied", "failed"], [State.APPLIED, State.FAILED])


def test_an_order_for_a_customer_that_is_there_no_more_is_failed_and_the_others_go_on(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        ids = [world.unbilled(tx, customer="doullens"), world.unbilled(tx, 902, "autre")]
    number, shown = plan(ready, ids)
    with ready.database.transaction() as tx:
        world.named(tx, "doullens").code = "doullens-80"
    outcome = apply(ready, number, shown, WHO)
    assert (outcome.applied, outcome.failed, outcome.whole) == (1, 1, False)
    assert "doullens" in outcome.first_refusal
    assert [name for name, *_ in orders(ready)] == ["autre"]
    assert states(ready, number)[1:] == (["failed", "applied"], [State.FAILED, State.APPLIED])


def rechecked(found: object) -> str:
    from dcops.plans.rows import action_of
    from inventory.plan import checksum

    return checksum([action_of(row) for row in found.actions])  # type: ignore[attr-defined]


def test_what_failed_is_tried_again_as_it_was_reviewed_unless_it_changed(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        ids = [world.unbilled(tx, 900 + number, f"m{number}") for number in range(3)]
    number, shown = plan(ready, ids)
    failing(ready, number, ids)
    assert states(ready, number)[:2] == ("applied", ["failed"] * 3)
    with ready.database.transaction() as tx:
        assert plan_store.plan(tx, number).standing == "degraded"
        acknowledge(tx, ids[1], WHO, "vu autrement", ready.clock.now())
        tx.execute(update(Finding).where(Finding.id == ids[2]).values(real=world.running(902, "m2", vcpu=16)))
    assert apply(ready, number, shown, WHO) == Outcome()  # nothing is tried again unless it is asked
    assert apply(ready, number, shown, WHO, retry=True).applied == 1
    assert [name for name, *_ in orders(ready)] == ["m0"]
    assert states(ready, number) == (
        "applied", ["applied", "failed", "failed"], [State.APPLIED, State.ACKNOWLEDGED, State.FAILED],
    )  # fmt: skip
    with ready.database.transaction() as tx:
        moves = store.finding(tx, ids[0]).moves
        assert [move.after for move in moves] == [State.PLANNED, State.FAILED, State.PLANNED, State.APPLIED]
    with pytest.raises(Conflict, match="rien à réessayer"):
        apply(ready, number, shown, WHO, retry=True)


def failing(parts: Parts, number: int, ids: Sequence[int]) -> None:
    """The plan as it is once each of its actions was refused."""
    with parts.database.transaction() as tx:
        found = plan_store.plan(tx, number)
        for row in found.actions:
            close(tx, row, "failed", State.FAILED, WHO, "erreur 500 du serveur", parts.clock.now())
        found.state = "applied"


def test_an_abandoned_plan_is_not_tried_again(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        ids = [world.unbilled(tx)]
    number, shown = plan(ready, ids)
    failing(ready, number, ids)
    with ready.database.transaction() as tx:
        plan_store.plan(tx, number).state = "abandoned"
    with pytest.raises(Conflict, match="abandonné"):
        apply(ready, number, shown, WHO, retry=True)


def test_what_did_not_answer_since_the_review_waits_and_is_done_later(ready: Parts) -> None:
    """Nothing is charged from what is not known."""
    with ready.database.transaction() as tx:
        ids = [world.unbilled(tx), world.unbilled(tx, 902, "autre")]
    number, shown = plan(ready, ids)
    frozen(ready, ids[0], True)
    outcome = apply(ready, number, shown, WHO)
    assert (outcome.applied, outcome.waiting, outcome.whole) == (1, 1, False)
    assert "n'a pas répondu la dernière fois" in outcome.first_refusal
    assert [name for name, *_ in orders(ready)] == ["autre"]
    assert states(ready, number)[:2] == ("applying", ["pending", "applied"])
    with ready.database.transaction() as tx:
        assert "n'a pas répondu" in plan_store.plan(tx, number).actions[0].message
    frozen(ready, ids[0], False)
    assert apply(ready, number, shown, WHO).applied == 1
    assert states(ready, number)[0] == "applied"


def frozen(parts: Parts, id: int, silent: bool) -> None:
    with parts.database.transaction() as tx:
        tx.execute(update(Finding).where(Finding.id == id).values(frozen=silent))


def test_two_people_apply_one_plan_at_once_and_each_action_is_done_once(ready: Parts) -> None:
    with ready.database.transaction() as tx:
        ids = [world.unbilled(tx, 900 + number, f"m{number}") for number in range(8)]
    number, shown = plan(ready, ids)
    start = Barrier(2)

    def one(who: str) -> Outcome:
        start.wait()
        return apply(ready, number, shown, who)

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(one, ("alex", "bob")))
    assert sum(outcome.applied for outcome in outcomes) == 8
    assert {outcome.failed + outcome.outdated for outcome in outcomes} == {0}
    assert len(orders(ready)) == 8
    assert states(ready, number)[0] == "applied"


def test_the_actions_of_a_plan_and_its_findings_move_together_or_not_at_all(ready: Parts) -> None:
    """A fault of the database in the middle of an action leaves neither the order nor its state."""
    with ready.database.transaction() as tx:
        id = world.unbilled(tx)
    number, shown = plan(ready, [id])
    with ready.database.transaction() as tx:
        if ready.database.url.get_backend_name() == "sqlite":
            tx.execute(text("CREATE TRIGGER f BEFORE INSERT ON finding_moves BEGIN SELECT RAISE(ABORT, 'plein'); END"))
        else:
            tx.execute(text("ALTER TABLE finding_moves ADD CONSTRAINT f CHECK (after <> 'APPLIED') NOT VALID"))
    with pytest.raises(Exception, match=r"plein|violates check"):
        apply(ready, number, shown, WHO)
    assert (orders(ready), states(ready, number)[1:]) == ([], (["pending"], [State.PLANNED]))
    with ready.database.transaction() as tx:
        drop = "DROP TRIGGER f" if ready.database.url.get_backend_name() == "sqlite" else None
        tx.execute(text(drop or "ALTER TABLE finding_moves DROP CONSTRAINT f"))
    assert apply(ready, number, shown, WHO).applied == 1


def test_without_a_known_day_nothing_is_kept(ready: Parts) -> None:
    with pytest.raises(Invalid, match="aucune action à planifier"):
        keep(ready, [], MAY, "", WHO, "rien")
