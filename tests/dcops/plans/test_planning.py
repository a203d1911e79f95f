"""What each finding would become: the action, its words, its euros, or why there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from dcops.contracts.machine_orders import Sizes, resize
from dcops.contracts.valuation import Valuation
from dcops.plans.choices import Choices
from dcops.plans.planning import Proposal, abandon, keep, propose, record
from dcops.wiring import Parts
from inventory import plan_store, store
from inventory.decisions import acknowledge
from inventory.differences import Resources
from inventory.errors import Conflict, Invalid, NotFound
from inventory.findings import State
from inventory.models import Finding, SourceSnapshot
from inventory.plan import Action, Kind, TooManyActions
from tests.conftest import NOW
from tests.dcops.plans import world
from tests.dcops.plans.world import JULY, START, from_july

WHO, WHY = "alex", "revue de juin"


@pytest.fixture
def filled(parts: Parts) -> Parts:
    with parts.database.transaction() as tx:
        world.customers(tx)
    return parts


def only(proposal: Proposal) -> Action:
    assert proposal.refused == ()
    (action,) = proposal.actions
    return action


def why(proposal: Proposal) -> str:
    assert proposal.actions == ()
    (refused,) = proposal.refused
    return refused.why


def test_what_runs_unsold_is_ordered_as_it_runs_from_the_day_that_is_chosen(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.unbilled(tx, vcpu="2.50", ram_gb="3.20", disk_gb=51)
        worth = Valuation(tx)("albert", Resources(1, 3, 4, 51), JULY)
    action = only(propose(filled, [id], from_july()))
    assert (action.kind, action.target) == (Kind.ORDER_MACHINE, "machine:amiens-a/901")
    assert action.payload == {
        "name": "essai", "customer": "albert", "cluster": "amiens-a", "vmid": 901, "vcpu": 3, "ram_gb": 4,
        "disk_gb": 51, "backup_days": None, "from": "2024-07-01", "to": None,
    }  # fmt: skip
    assert action.eur_per_year == worth > 0
    assert action.title == (
        "Commander essai (amiens-a/901) pour Albert dès le 01/07/2024 : 3 vCPU, 4 Go de mémoire, 51 Go de disque"
    )


def test_whose_it_is_must_be_known_or_chosen_and_decides_the_price(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.unbilled(tx, customer=None)
        member, other = (Valuation(tx)(who, Resources(1, 2, 4, 50), JULY) for who in ("albert", "doullens"))
    assert "choisir la collectivité" in why(propose(filled, [id], from_july()))
    assert "« nulle-part » inconnue" in why(propose(filled, [id], from_july(customers={id: "nulle-part"})))
    for code, worth in (("albert", member), ("doullens", other)):
        action = only(propose(filled, [id], from_july(customers={id: code})))
        assert (action.payload["customer"], action.eur_per_year) == (code, worth)
    assert member != other


def test_a_machine_whose_sizes_are_unknown_waits(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.finding(tx, "vm.unbilled", "vm:amiens-a/5", real={"cluster": "amiens-a", "vmid": 5, "vcpu": 2})
    assert "ram_gb" in why(propose(filled, [id], from_july()))


def test_a_day_without_a_grid_has_no_price(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.unbilled(tx)
    assert "aucune grille tarifaire le 01/07/2019" in why(propose(filled, [id], Choices(date(2019, 7, 1))))


def test_what_runs_after_the_end_is_ordered_again_for_the_same_customer(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        world.machine(tx, vmid=901, end=date(2024, 6, 1))
        sold = {"name": "web", "customer": "albert", "from": "2024-01-01", "to": "2024-06-01"}
        id = world.finding(tx, "vm.after-end", "vm:amiens-a/901", sold=sold, real=world.running())
    assert only(propose(filled, [id], Choices(date(2024, 6, 1)))).payload["from"] == "2024-06-01"
    assert "est déjà vendu" in why(propose(filled, [id], Choices(date(2024, 5, 31))))


def test_an_order_to_come_takes_over(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        world.machine(tx, vmid=901, start=date(2024, 9, 1))
        sold = {"name": "web", "customer": "albert", "from": "2024-09-01"}
        id = world.finding(tx, "vm.unbilled", "vm:amiens-a/901", sold=sold, real=world.running())
    assert only(propose(filled, [id], from_july())).payload["to"] == "2024-09-01"


def test_two_machines_of_one_name_are_two_orders(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        ids = [world.unbilled(tx, 901, "test"), world.unbilled(tx, 902, "test")]
    actions = propose(filled, ids, from_july()).actions
    assert [action.payload["name"] for action in actions] == ["test", "test-902"]


def test_the_sizes_of_one_machine_make_one_new_order(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        row = world.machine(tx)
        ids = [world.oversized(tx, "vcpu", 2, 4), world.oversized(tx, "ram", 4, "7.50")]
        ids.append(world.finding(tx, "vm.undersized", "vm:amiens-a/101", field="disk", sold=50, real=20))
        value = Valuation(tx)
        before, after = (value("albert", Resources(1, *sizes), JULY) for sizes in ((2, 4, 50), (4, 8, 20)))
    action = only(propose(filled, ids, from_july()))
    assert (action.kind, action.target, action.finding) == (Kind.ORDER_RESIZE, f"machine/{row.id}", ids[0])
    assert action.payload == {"machine": row.id, "vcpu": 4, "ram_gb": 8, "disk_gb": 20, "from": "2024-07-01"}
    assert set(action.findings) == set(ids)
    assert action.eur_per_year == after - before
    assert "2 → 4 vCPU, 4 → 8 Go de mémoire, 50 → 20 Go de disque" in action.title


def test_a_machine_known_by_its_name_only_is_found_again(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        row = world.machine(tx, vmid=None, cluster=None)
        id = world.oversized(tx, "vcpu", 2, 4)
        world.link(tx, sold=f"machine/{row.id}@/")
        lost = world.oversized(tx, "vcpu", 2, 4, vmid=999)
    assert only(propose(filled, [id], from_july())).payload["machine"] == row.id
    assert "n'est pas trouvée" in why(propose(filled, [lost], from_july()))


def test_an_order_that_was_another_on_that_day_is_not_resized(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        row = world.machine(tx)
        resize(tx, row.id, Sizes(3, 4, 50), date(2024, 6, 1))
        id = world.oversized(tx, "vcpu", 3, 4)
    assert "commandée avec 2 et non 3" in why(propose(filled, [id], Choices(date(2024, 3, 1))))
    assert only(propose(filled, [id], from_july())).payload["vcpu"] == 4


def test_the_order_of_what_does_not_exist_ends(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        world.machine(tx, vmid=102)  # its homonym is there
        row = world.machine(tx)
        id = world.ghost(tx, row)
        worth = Valuation(tx)("albert", Resources(1, 2, 4, 50), JULY)
    proposal = propose(filled, [id], from_july())
    action = only(proposal)
    assert (action.kind, action.payload) == (Kind.ORDER_END, {"machine": row.id, "to": "2024-07-01"})
    assert (action.eur_per_year, proposal.removals) == (-worth, 1)
    assert "à partir du 02/01/2024" in why(propose(filled, [id], Choices(START)))


def test_what_is_documented_and_does_not_exist_is_proposed_for_removal(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.finding(tx, "vm.ghost", "vm:amiens-a/7", documented={"name": "vieux", "vmid": 7})
    action = only(propose(filled, [id], from_july()))
    assert (action.kind, action.eur_per_year) == (Kind.NETBOX_REMOVAL, 0)
    assert "Documenté : name vieux, vmid 7" in action.payload["text"]


@pytest.mark.parametrize(("real", "word", "count", "sign"), [(13, "more", 3, 1), (8, "fewer", 2, -1)])
def test_licences_follow_the_console(filled: Parts, real: int, word: str, count: int, sign: int) -> None:
    rule = "av.over-seats" if sign > 0 else "av.unused-seats"
    with filled.database.transaction() as tx:
        world.seats(tx, 4)
        world.seats(tx, 6, date(2024, 2, 1))
        id = world.finding(
            tx, rule, "av:albert", field="workstation", sold=world.seat_count(10), real=world.seat_count(real)
        )
        worth = Valuation(tx)("albert", Resources(workstations=count), JULY)
    action = only(propose(filled, [id], from_july()))
    assert action.payload == {"customer": "albert", "kind": "workstation", word: count, "from": "2024-07-01"}
    assert action.eur_per_year == sign * worth != 0


def test_a_group_that_nobody_knew_comes_beside_what_its_customer_has(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        world.seats(tx, 4)
        real = {"quantity": 3, "groups": ["Mairie"]}
        id = world.finding(tx, "av.over-seats", "av-group:Mairie", None, field="workstation", real=real)
    assert "choisir la collectivité" in why(propose(filled, [id], from_july()))
    action = only(propose(filled, [id], from_july(customers={id: "albert"})))
    assert (action.payload["more"], "(4 → 7)" in action.title) == (3, True)


def test_a_box_takes_the_plan_of_what_it_holds(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        world.box(tx)
        id = world.finding(tx, "backup.over-plan", "nas:NAS-1", sold=world.plan(60), real={"used_gb": 131})
        value = Valuation(tx)
        plan = value("albert", Resources(boxes=1, plan_gb=60), JULY)
        above = value("albert", Resources(backup_gb=71), JULY)
    action = only(propose(filled, [id], from_july()))
    assert action.payload == {"serial": "NAS-1", "plan_gb": 180, "from": "2024-07-01"}
    assert action.eur_per_year == 2 * plan - above


def test_another_action_is_chosen_among_those_of_the_rule_only(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.unbilled(tx, customer=None)
    action = only(propose(filled, [id], from_july({id: Kind.PROXMOX_REMOVAL})))
    assert (action.kind, action.removes, action.eur_per_year) == (Kind.PROXMOX_REMOVAL, True, 0)
    assert "order.resize » impossible ici" in why(propose(filled, [id], from_july({id: Kind.ORDER_RESIZE})))


def test_the_rest_is_a_ticket_that_can_be_copied(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.finding(tx, "rack.overlap", "rack:A01", sold=[{"rack": "A01"}], scope="racks")
    action = only(propose(filled, [id], from_july()))
    assert (action.kind, action.target) == (Kind.TICKET, "rack:A01")
    assert action.payload["text"].startswith("À traiter : rack:A01")
    assert "Enjeu : 100,00" in action.payload["text"]


def test_what_is_settled_frozen_or_planned_is_refused_and_the_others_are_proposed(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        gone = world.finding(tx, "rack.overlap", "rack:A01", state=State.VERIFIED)
        frozen = world.finding(tx, "rack.overlap", "rack:A02", frozen=True)
        good = world.unbilled(tx)
    proposal = propose(filled, [gone, frozen, good], from_july())
    assert [action.finding for action in proposal.actions] == [good]
    assert [(one.finding, one.why.split(" : ")[0]) for one in proposal.refused] == [
        (gone, "un écart vérifié ne se planifie pas"), (frozen, "sa source n'a pas répondu la dernière fois"),
    ]  # fmt: skip
    with pytest.raises(NotFound, match="écarts n° 98, 99 inconnus"):
        propose(filled, [good, 98, 99], from_july())


def kept(parts: Parts, ids: list[int], choices: Choices, **told: object) -> int:
    return keep(parts, ids, choices, propose(parts, ids, choices).checksum, WHO, WHY, **told)  # type: ignore[arg-type]


def test_a_preview_writes_nothing_and_the_plan_that_was_shown_is_kept(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        ids = [world.unbilled(tx), world.unbilled(tx, 902, "autre")]
    shown = propose(filled, ids, from_july())
    with filled.database.transaction() as tx:
        assert (plan_store.plans(tx), {row.state for row in store.findings(tx)}) == ([], {State.OPEN})
    number = keep(filled, ids, from_july(), shown.checksum, WHO, WHY)
    with filled.database.transaction() as tx:
        plan = plan_store.plan(tx, number)
        assert (plan.state, plan.checksum, plan.created_by, plan.approved_by) == ("draft", shown.checksum, WHO, None)
        assert [(row.finding_id, row.state) for row in plan.actions] == [(id, "pending") for id in ids]
        found = store.finding(tx, ids[0])
        assert (found.state, found.moves[-1].why) == (State.PLANNED, f"plan n° {number} : {WHY}")
        assert store.machines(tx) == []
    assert "déjà dans le plan" in propose(filled, ids, from_july()).refused[0].why


def test_a_plan_that_is_not_the_one_that_was_shown_is_refused(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.unbilled(tx)
    shown = propose(filled, [id], from_july()).checksum
    with pytest.raises(Conflict, match="a changé depuis l'aperçu"):
        keep(filled, [id], Choices(date(2024, 8, 1)), shown, WHO, WHY)
    with filled.database.transaction() as tx:
        row = tx.get(Finding, id)
        assert row is not None
        row.real = {**row.real, "vcpu": 8}
    with pytest.raises(Conflict, match="a changé depuis l'aperçu"):
        keep(filled, [id], from_july(), shown, WHO, WHY)
    with pytest.raises(Invalid, match="se motive"):
        keep(filled, [id], from_july(), shown, WHO, " ")


def test_more_removals_than_the_ceiling_need_a_person(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        rows = [world.machine(tx, f"m{number}", number) for number in range(1, 16)]
        ids = [world.ghost(tx, row) for row in rows[:2]]
        more = world.unbilled(tx)
    few = propose(filled, [*ids[:1], more], from_july())
    assert (few.removals, few.ceiling, few.needs_approval) == (1, 1, False)
    many = propose(filled, ids, from_july())
    assert (many.removals, many.ceiling, many.needs_approval) == (2, 1, True)
    with pytest.raises(TooManyActions, match=r"2 retraits \(amiens-a\) pour un plafond de 1 \(10 % de 15\)"):
        kept(filled, ids, from_july())
    number = kept(filled, ids, from_july(), approve=True)
    with filled.database.transaction() as tx:
        assert plan_store.plan(tx, number).approved_by == WHO


def test_the_ceiling_is_of_what_the_settings_say(filled: Parts) -> None:
    settings = filled.settings.model_copy(
        update={"reconcile": filled.settings.reconcile.model_copy(update={"ceiling_percent": 50})}
    )
    with filled.database.transaction() as tx:
        rows = [world.machine(tx, f"m{number}", number) for number in range(1, 5)]
        ids = [world.ghost(tx, row) for row in rows[:2]]
    assert propose(replace(filled, settings=settings), ids, from_july()).ceiling == 2


def test_the_ceiling_is_of_each_scope_as_its_source_last_told_it(filled: Parts) -> None:
    """Three of thirty may leave amiens-a (that it failed since changes nothing), and two others lille."""
    with filled.database.transaction() as tx:
        for scope, status, count in (("amiens-a", "complete", 30), ("amiens-a", "failed", 0), ("lille", "partial", 21)):
            tx.add(SourceSnapshot(
                source=scope, kind="real", scope=scope, status=status, taken_at=NOW, duration_s=1, object_count=count,
                facts=[], faults=[],
            ))  # fmt: skip
            tx.flush()
        ids = [world.ghost(tx, world.machine(tx, f"m{number}", number)) for number in range(1, 7)]
    assert scoped(filled, ids, ["amiens-a"] * 3 + ["lille"] * 2) == (5, 5, "")
    assert scoped(filled, ids, ["amiens-a"] * 2 + ["lille"] * 3)[1:] == (5, "lille")
    assert scoped(filled, ids, ["*"] * 6) == (6, 5, "*")


def scoped(parts: Parts, ids: list[int], scopes: list[str]) -> tuple[int, int, str]:
    """(removals, ceiling, the scope that is beyond its own) of findings put in scopes."""
    with parts.database.transaction() as tx:
        for row, scope in zip(plan_store.findings_of(tx, ids[: len(scopes)]), scopes, strict=True):
            row.scope = scope
    found = propose(parts, ids[: len(scopes)], from_july())
    return found.removals, found.ceiling, found.why_approval.partition("(")[2].partition(")")[0]


def test_a_finding_that_changes_while_its_plan_is_kept_keeps_none(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.unbilled(tx)
    proposal = propose(filled, [id], from_july())
    with filled.database.transaction() as tx:
        store.finding(tx, id).real = world.running(vcpu=16)
    with pytest.raises(Conflict, match="a changé depuis l'aperçu"), filled.database.transaction() as tx:
        record(tx, proposal, WHO, WHY, None, NOW)
    with filled.database.transaction() as tx:
        assert plan_store.plans(tx) == []


def test_an_abandoned_plan_gives_its_findings_back(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.unbilled(tx)
    number = kept(filled, [id], from_july())
    with filled.database.transaction() as tx:
        abandon(tx, number, WHO, "erreur de date", filled.clock.now())
    with filled.database.transaction() as tx:
        assert (plan_store.plan(tx, number).state, store.finding(tx, id).state) == ("abandoned", State.ACKNOWLEDGED)
        with pytest.raises(Conflict, match="est abandonné"):
            abandon(tx, number, WHO, "encore", filled.clock.now())
    assert kept(filled, [id], from_july()) != number


def test_a_finding_decided_otherwise_leaves_its_plan(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.unbilled(tx)
    number = kept(filled, [id], from_july())
    with filled.database.transaction() as tx:
        acknowledge(tx, id, WHO, "à revoir", filled.clock.now())
    with filled.database.transaction() as tx:
        (row,) = plan_store.plan(tx, number).actions
        assert (row.state, row.message) == ("outdated", "l'écart a été décidé autrement.")


def test_days_that_are_billed_already_are_told(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        id = world.unbilled(tx)
        world.billed(tx, "albert", 2024)
    assert (
        propose(filled, [id], from_july())
        .actions[0]
        .title.endswith("attention, déjà facturé (2024) : la prochaine campagne corrigera")
    )
    assert "facturé" not in propose(filled, [id], Choices(date(2025, 1, 1))).actions[0].title


def test_the_sum_of_a_plan_is_that_of_its_actions(filled: Parts) -> None:
    with filled.database.transaction() as tx:
        ids = [world.unbilled(tx), world.ghost(tx, world.machine(tx))]
        assert tx.scalar(text("SELECT count(*) FROM plans")) == 0
    proposal = propose(filled, ids, from_july())
    assert proposal.eur_per_year == sum((action.eur_per_year for action in proposal.actions), Decimal(0)) == 0
