"""Many findings decided at once, and plans: nothing is written before it was seen, and only what was seen."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dcops.jobs import plan_runs
from dcops.plans.choices import Choices
from dcops.plans.planning import keep, propose
from dcops.plans.rows import close
from dcops.web.pages import finding_plan
from dcops.wiring import Parts
from inventory import plan_store, store
from inventory.errors import Conflict
from inventory.findings import State
from inventory.models import Finding, GuestLink, Reconciliation
from tests.conftest import NOW
from tests.dcops.web.browsing import send, text
from tests.dcops.web.conftest import log_in


def unbilled(parts: Parts, vmid: int, customer: str | None = "albert", **told: object) -> int:
    """A machine that runs and is sold to nobody; the number of its finding."""
    real = {"name": f"srv-{vmid}", "cluster": "amiens-a", "vmid": vmid, "vcpu": 2, "ram_gb": 4, "disk_gb": 50}
    with parts.database.transaction() as tx:
        row = Finding(
            thing=f"vm:amiens-a/{vmid}", rule="vm.unbilled", field="", scope="amiens-a", sold=None, documented=None,
            customer=store.customer(tx, customer) if customer else None, state=State.OPEN, first_seen=NOW,
            title=f"srv-{vmid} tourne et n'est vendue à personne", real=real, eur_per_year=Decimal(500),
            last_seen=NOW, sources={}, **told,
        )  # fmt: skip
        tx.add(row)
        tx.flush()
        return row.id


def state(parts: Parts, id: int) -> str:
    with parts.database.transaction() as tx:
        return store.finding(tx, id).state


def seal(page: str) -> str:
    """The checksum that a preview carries."""
    found = re.search(r'name="checksum" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def test_findings_ticked_are_taken_into_account_once_they_were_seen(technician: FlaskClient, web_parts: Parts) -> None:
    ids = [unbilled(web_parts, 901), unbilled(web_parts, 902)]
    path = f"/ecarts/lot/prendre?finding={ids[0]}&finding={ids[1]}&regle=vm.unbilled"
    page = text(technician, path)
    assert "srv-901 tourne" in page
    assert "1\u202f000,00\xa0€" in page
    assert [state(web_parts, id) for id in ids] == ["OPEN", "OPEN"]
    status, _ = send(technician, path, path, why="Devis demandés", checksum=seal(page))
    assert status == 302
    with web_parts.database.transaction() as tx:
        moves = [store.finding(tx, id).moves[-1] for id in ids]
    assert [(move.after, move.who, move.why) for move in moves] == [("ACKNOWLEDGED", "tech", "Devis demandés")] * 2


def test_the_whole_filter_is_ignored_beyond_the_page_shown_and_nothing_else(
    technician: FlaskClient, web_parts: Parts
) -> None:
    ids = [unbilled(web_parts, vmid) for vmid in range(900, 960)]
    path = "/ecarts/lot/ignorer?regle=vm.unbilled&tout=1"
    page = text(technician, path)
    assert "Ignorer 60\xa0écarts" in page
    status, _ = send(technician, path, path, why="Recette", until="2024-12-31", checksum=seal(page))
    assert status == 302
    assert {state(web_parts, id) for id in ids} == {"IGNORED"}
    with web_parts.database.transaction() as tx:
        assert len(store.findings(tx, state="IGNORED")) == 60


def test_what_changed_since_the_preview_is_shown_again_and_nothing_is_written(
    technician: FlaskClient, web_parts: Parts
) -> None:
    first = unbilled(web_parts, 901)
    path = "/ecarts/lot/prendre?regle=vm.unbilled&tout=1"
    before = seal(text(technician, path))
    second = unbilled(web_parts, 902)
    status, page = send(technician, path, path, why="Vu ensemble", checksum=before)
    assert status == 200
    assert "a changé depuis l’aperçu" in page
    assert "Vu ensemble" in page  # what was typed is still there
    assert "srv-902 tourne" in page
    assert [state(web_parts, first), state(web_parts, second)] == ["OPEN", "OPEN"]
    assert send(technician, path, path, why="Vu ensemble", checksum=seal(page))[0] == 302
    assert [state(web_parts, first), state(web_parts, second)] == ["ACKNOWLEDGED", "ACKNOWLEDGED"]


def test_those_whose_state_does_not_allow_it_are_left_out_with_why(technician: FlaskClient, web_parts: Parts) -> None:
    free, settled = unbilled(web_parts, 901), unbilled(web_parts, 902)
    with web_parts.database.transaction() as tx:
        store.finding(tx, settled).state = State.VERIFIED
    path = f"/ecarts/lot/prendre?finding={free}&finding={settled}"
    page = text(technician, path)
    assert "un écart vérifié ne peut pas devenir pris en compte" in page
    assert send(technician, path, path, why="Suite", checksum=seal(page))[0] == 302
    assert [state(web_parts, free), state(web_parts, settled)] == ["ACKNOWLEDGED", "VERIFIED"]


@pytest.mark.parametrize("query", ["", "?finding=", "?finding=abc&finding=999999999999999999999", "?finding=0"])
def test_nothing_chosen_says_so(technician: FlaskClient, query: str) -> None:
    assert "Aucun écart n’est choisi" in text(technician, f"/ecarts/lot/prendre{query}")
    assert technician.get(f"/ecarts/lot/planifier{query}").status_code == 302


def plan_page(client: FlaskClient, path: str, **fields: str) -> str:
    """The preview of a plan, once choices were made."""
    status, page = send(client, path, path, step="apercu", **fields)
    assert status == 200
    return page


def test_a_plan_is_seen_with_its_customer_and_date_then_kept_then_applied_by_who_may(
    app: Flask, technician: FlaskClient, web_parts: Parts
) -> None:
    mine, unknown = unbilled(web_parts, 901), unbilled(web_parts, 902, customer=None)
    path = f"/ecarts/lot/planifier?finding={mine}&finding={unknown}"
    first = text(technician, path)
    assert "choisir la collectivité" in first
    choices = {"effective": "2024-07-01", f"client-{unknown}": "Ville de Roye"}
    page = unescape(plan_page(technician, path, **choices))
    assert "srv-902 (amiens-a/902) pour Ville de Roye dès le 01/07/2024" in page
    assert "choisir la collectivité" not in page
    assert state(web_parts, mine) == "OPEN"
    status, _ = send(technician, path, path, step="garder", reason="Régularisation", checksum=seal(page), **choices)
    assert status == 302
    with web_parts.database.transaction() as tx:
        (plan,) = plan_store.plans(tx)
        assert [(row.kind, row.state) for row in plan.actions] == [("order.machine", "pending")] * 2
        checksum, number = plan.checksum, plan.id
    assert state(web_parts, unknown) == "PLANNED"
    shown = text(technician, f"/ecarts/plans/{number}")
    assert "un comptable l’applique" in shown
    assert "Régularisation" in text(technician, "/ecarts/plans/")
    apply = f"/ecarts/plans/{number}/appliquer"
    assert send(technician, f"/ecarts/plans/{number}", apply, checksum=checksum, sure="1")[0] == 403

    accountant = log_in(app, "compta")
    assert send(accountant, f"/ecarts/plans/{number}", apply, checksum=checksum)[0] == 302
    assert "Cochez que vous avez relu" in text(accountant, f"/ecarts/plans/{number}")
    assert send(accountant, f"/ecarts/plans/{number}", apply, checksum="0" * 64, sure="1")[0] == 302
    assert "n’est plus celui qui a été montré" in text(accountant, f"/ecarts/plans/{number}")
    with web_parts.database.transaction() as tx:
        assert {row.name for row in store.machines(tx)} == {"web-01", "ancien"}

    assert send(accountant, f"/ecarts/plans/{number}", apply, checksum=checksum, sure="1")[0] == 302
    page = text(accountant, f"/ecarts/plans/{number}")
    assert "2\xa0actions faites" in page or "2 actions faites" in page
    assert "La prochaine comparaison vérifie" not in page  # the orders begin later
    with web_parts.database.transaction() as tx:
        ordered = {row.name: (row.customer.code, row.start.isoformat(), row.vcpu) for row in store.machines(tx)}
    assert ordered["srv-901"] == ("albert", "2024-07-01", 2)
    assert ordered["srv-902"] == ("roye", "2024-07-01", 2)
    for came, waits in ((State.APPLIED, True), (State.VERIFIED, False)):
        with web_parts.database.transaction() as tx:
            for row in plan_store.plan(tx, number).actions:
                row.finding.state = came
        page = text(accountant, f"/ecarts/plans/{number}")
        assert ("La prochaine comparaison vérifie" in page) is waits
    assert page.count(">vérifié<") == 2


def test_choices_that_change_what_is_done_are_shown_before_they_are_kept(
    technician: FlaskClient, web_parts: Parts
) -> None:
    id = unbilled(web_parts, 901)
    path = f"/ecarts/lot/planifier?finding={id}"
    seen = seal(text(technician, path))
    fields = {"effective": "2024-09-01", "reason": "Rentrée", "checksum": seen}
    status, page = send(technician, path, path, step="garder", **fields)
    assert status == 200
    assert "a changé depuis l’aperçu" in page
    assert "dès le 01/09/2024" in page
    assert "Rentrée" in page
    assert state(web_parts, id) == "OPEN"
    assert send(technician, path, path, step="garder", **fields | {"checksum": seal(page)})[0] == 302
    assert state(web_parts, id) == "PLANNED"


def test_licences_of_a_group_that_nobody_knows_are_ordered_for_who_is_chosen(
    technician: FlaskClient, web_parts: Parts
) -> None:
    with web_parts.database.transaction() as tx:
        row = Finding(
            thing="av-group:Ancien", rule="av.over-seats", field="server", scope="antivirus", state=State.OPEN,
            title="Groupe « Ancien » : 3 serveurs protégés", sold=None, documented=None, first_seen=NOW, last_seen=NOW,
            real={"quantity": 3, "groups": ["Ancien"]}, eur_per_year=Decimal(60), sources={},
        )  # fmt: skip
        tx.add(row)
        tx.flush()
        path, asked = f"/ecarts/lot/planifier?finding={row.id}", f"client-{row.id}"
    page = text(technician, path)
    assert "Rien ne dit pour qui\xa0: choisir la collectivité." in page
    assert f'name="{asked}"' in page
    _, page = send(technician, path, path, step="apercu", effective="2024-07-01", **{asked: "roye"})
    assert "Ajouter 3 licences de serveur à Ville de Roye dès le 01/07/2024 (2 → 5)" in page


def test_a_customer_that_does_not_exist_keeps_what_was_typed(technician: FlaskClient, web_parts: Parts) -> None:
    id = unbilled(web_parts, 901, customer=None)
    path = f"/ecarts/lot/planifier?finding={id}"
    page = plan_page(technician, path, effective="2024-07-01", **{f"client-{id}": "Abevile"})
    assert "«\xa0Abevile\xa0»\xa0: collectivité inconnue" in page
    assert 'value="Abevile"' in page


def test_a_plan_is_abandoned_with_a_reason_and_its_findings_come_back(
    technician: FlaskClient, web_parts: Parts
) -> None:
    id = unbilled(web_parts, 901)
    path = f"/ecarts/lot/planifier?finding={id}"
    page = text(technician, path)
    send(technician, path, path, step="garder", effective="2024-06-15", reason="Essai", checksum=seal(page))
    with web_parts.database.transaction() as tx:
        number = plan_store.plans(tx)[0].id
    plan = f"/ecarts/plans/{number}"
    assert "Ce champ est nécessaire" in send(technician, plan, f"{plan}/abandonner", reason="")[1]
    assert send(technician, plan, f"{plan}/abandonner", reason="Machine arrêtée")[0] == 302
    assert state(web_parts, id) == "ACKNOWLEDGED"
    assert "Abandonner le plan" not in text(technician, plan)
    assert send(technician, plan, f"{plan}/abandonner", reason="Encore")[0] == 302  # from a page that was left open
    assert "alert-danger" in text(technician, plan)


def test_what_failed_of_a_plan_is_tried_again_from_its_page_by_who_may(
    technician: FlaskClient, app: Flask, web_parts: Parts
) -> None:
    id, choices, accountant = unbilled(web_parts, 901), Choices(NOW.date()), log_in(app, "compta")
    number = keep(web_parts, [id], choices, propose(web_parts, [id], choices).checksum, "tech", "essai")
    with web_parts.database.transaction() as tx:
        plan = plan_store.plan(tx, number)
        close(tx, plan.actions[0], "failed", State.FAILED, "compta", "erreur 500 du serveur", NOW)
        plan.state, checksum = "applied", plan.checksum
    page = text(accountant, f"/ecarts/plans/{number}")
    assert "pas fait en entier" in page
    assert "Réessayer ce qui a échoué (1)" in page
    assert "Abandonner le plan" not in page
    asked = {"checksum": checksum, "sure": "1", "retry": "1"}
    assert send(technician, f"/ecarts/plans/{number}", f"/ecarts/plans/{number}/appliquer", **asked)[0] == 403
    assert send(accountant, f"/ecarts/plans/{number}", f"/ecarts/plans/{number}/appliquer", **asked)[0] == 302
    assert state(web_parts, id) == "APPLIED"
    assert "Réessayer" not in text(accountant, f"/ecarts/plans/{number}")


def test_too_many_findings_are_no_plan(
    technician: FlaskClient, web_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding_plan, "MOST", 2)
    for vmid in (901, 902, 903):
        unbilled(web_parts, vmid)
    answer = technician.get("/ecarts/lot/planifier?regle=vm.unbilled&tout=1")
    assert (answer.status_code, answer.location) == (302, "/ecarts/?regle=vm.unbilled")
    assert "un plan porte sur 2 écarts au plus" in unescape(text(technician, answer.location))


def test_only_the_plan_that_was_shown_is_started(web_parts: Parts) -> None:
    id, choices = unbilled(web_parts, 901), Choices(NOW.date())
    number = keep(web_parts, [id], choices, propose(web_parts, [id], choices).checksum, "tech", "essai")
    with pytest.raises(Conflict, match="n'est plus celui qui a été montré"):
        plan_runs.start(web_parts, number, "0" * 64, "compta")
    with web_parts.database.transaction() as tx:
        assert plan_runs.last_run(tx, number) is None
        checksum = plan_store.plan(tx, number).checksum
    plan_runs.start(web_parts, number, checksum, "compta")
    with web_parts.database.transaction() as tx:
        last = plan_runs.last_run(tx, number)
        assert last is not None
        assert (last.outcome, last.message) == ("ok", "1 action faite.")
        assert not plan_runs.running(tx, number, NOW)


def test_a_machine_at_another_s_place_is_the_same_or_another(technician: FlaskClient, web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        tx.add(GuestLink(cluster="amiens-a", vmid=101, uuid="old", macs=[], name="web-01", state="reused", since=NOW))
        row = Finding(
            thing="vm:amiens-a/101", rule="vm.reused-id", field="", scope="amiens-a", title="web-01 : autre empreinte",
            sold=None, documented=None, real={"cluster": "amiens-a", "vmid": 101, "name": "web-01"},
            eur_per_year=Decimal(0), state=State.OPEN, first_seen=NOW, last_seen=NOW, sources={},
        )  # fmt: skip
        tx.add(row)
        tx.flush()
        id = row.id
    page = f"/ecarts/{id}"
    assert "C’est la même machine" in text(technician, page)
    assert "Une réponse se motive" in send(technician, page, f"{page}/machine", reason="", answer="meme")[1]
    assert send(technician, page, f"{page}/machine", reason="Restaurée", answer="meme")[0] == 302
    assert "même machine\xa0: Restaurée" in text(technician, page)


def test_removals_beyond_the_ceiling_are_told_and_approved(technician: FlaskClient, web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        tx.add(Reconciliation(
            at=NOW, last_at=NOW, opened=0, reopened=0, resolved=0, frozen=0, active=2, eur_per_year=Decimal(0),
            withheld={"amiens-a": 12},
        ))  # fmt: skip
        tx.add(GuestLink(
            cluster="amiens-a", vmid=77, macs=[], name="parti", since=NOW, missing_since=NOW, missing_runs=3,
        ))  # fmt: skip
    page = text(technician, "/ecarts/")
    assert "12\xa0objets disparus" in page
    send(technician, "/ecarts/", "/ecarts/disparitions", scope="amiens-a")
    assert "vérifié la source" in text(technician, "/ecarts/")
    send(technician, "/ecarts/", "/ecarts/disparitions", scope="amiens-a", sure="1")
    assert "1\xa0disparition approuvée" in text(technician, "/ecarts/")
    with web_parts.database.transaction() as tx:
        assert [link.approved_by for link in store.missing_links(tx)] == ["tech"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/ecarts/collectivites", ['<option value="" selected>Tout</option>']),
        ("/ecarts/par-regle?etat=tous", ["Plus grande que vendue", "120,00\xa0€"]),
        ("/ecarts/cout", ["0,00\xa0€"]),
        ("/ecarts/1/preuves", ["amiens-a", "vcpus"]),
        ("/ecarts/tendance", ["Aucune comparaison"]),
        ("/ecarts/tendance/panneau?jours=x", [""]),
    ],
)
def test_parts_of_the_pages_that_come_later(technician: FlaskClient, path: str, words: list[str]) -> None:
    page = text(technician, path)
    assert any(word in page for word in words)


def test_the_first_day_says_what_is_done_and_what_comes_next(technician: FlaskClient, web_parts: Parts) -> None:
    unbilled(web_parts, 901)
    unbilled(web_parts, 902, customer=None)
    page = text(technician, "/premier-jour/")
    assert "1\u202f000,00\xa0€" in page  # what both would bring
    assert "Inconnue" in page
    assert "pveum acl modify / --tokens" in page
    assert text(technician, "/tableau-de-bord/").count("Premier jour") == 0  # orders and sources are there already


def test_the_first_day_links_to_what_it_counts(technician: FlaskClient, web_parts: Parts) -> None:
    ids = [unbilled(web_parts, vmid) for vmid in (901, 902, 903)]
    chosen = Choices(NOW.date())
    keep(web_parts, ids[:1], chosen, propose(web_parts, ids[:1], chosen).checksum, "moi", "ok")
    page = unescape(text(technician, "/premier-jour/"))
    (listed,) = set(re.findall(r'class="stretched-link" href="(/ecarts/[^"]*)"', page))
    assert text(technician, listed).count("tourne et n’est vendue à personne</a>") == 2
    assert 'name="etat" value="a-decider"' in page  # for all of them at once


def test_a_filter_that_means_nothing_narrows_nothing(technician: FlaskClient) -> None:
    for query in ("?etat=vu", "?regle=vm.nothing", "?depuis=12", "?source=x", "?sort=zzz", "?page=-4", "?depuis=+"):
        assert "720,00\xa0€" in text(technician, f"/ecarts/{query}"), query


def test_a_finding_whose_source_is_silent_says_so_in_the_list_and_on_its_page(
    technician: FlaskClient, web_parts: Parts
) -> None:
    id = unbilled(web_parts, 901, frozen=True)
    with web_parts.database.transaction() as tx:
        for row in store.latest_snapshots(tx):
            if row.source == "amiens-a":
                row.status, row.faults = "failed", ["jeton refusé"]
    assert "source muette" in text(technician, "/ecarts/?source=muette")
    assert "srv-901" not in text(technician, "/ecarts/?source=entendue")
    page = text(technician, f"/ecarts/{id}")
    assert "État inconnu" in page
    assert "jeton refusé" in page


def test_the_files_of_the_list_hold_every_row_of_the_filter(technician: FlaskClient, web_parts: Parts) -> None:
    for vmid in range(900, 960):
        unbilled(web_parts, vmid)
    answer = technician.get("/ecarts/?regle=vm.unbilled&format=csv&page=2")
    assert answer.headers["Content-Disposition"] == "attachment; filename=Ecarts.csv; filename*=UTF-8''%C3%89carts.csv"
    lines = answer.get_data(as_text=True).splitlines()
    assert len(lines) == 61
    assert lines[0].startswith("\ufeffÉcart;Règle;Collectivité;Par an (HT)")
    book = technician.get("/ecarts/?regle=vm.unbilled&format=xlsx")
    sheet = zipfile.ZipFile(io.BytesIO(book.data)).read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 61
