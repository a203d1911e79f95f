"""What people do with bills through the web: each move, who may, what is refused and how it is said."""

from __future__ import annotations

import io
import threading
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dcops.billing import runs, store
from dcops.contracts.models import Subscription
from dcops.jobs import archives
from dcops.wiring import Parts
from inventory import store as inventory_store
from tests.dcops.web.browsing import send, text
from tests.dcops.web.conftest import START, log_in

HOME = "/facturation/?year=2024"
RUN = "/facturation/campagnes/2024-1"
POSTS = [
    "/facturation/campagnes/", f"{RUN}/relecture", f"{RUN}/reouverture", f"{RUN}/abandon", f"{RUN}/emission",
    f"{RUN}/archive", "/facturation/factures/F-2024-00001/avoir", "/facturation/factures/F-2024-00001/avoir/emission",
]  # fmt: skip


def states(parts: Parts) -> list[tuple[str, str]]:
    with parts.database.transaction() as tx:
        return [(run.name, run.state) for run in store.runs(tx)]


def numbers(parts: Parts) -> list[str]:
    """The numbers given so far, in their order."""
    with parts.database.transaction() as tx:
        return sorted(row.number or "" for row in store.issued(tx))


def draft(client: FlaskClient, year: str = "2024") -> None:
    status, _ = send(client, f"/facturation/?year={year}", "/facturation/campagnes/", year=year)
    assert status == 302


def computed_at(parts: Parts, name: str = "2024-1") -> str:
    with parts.database.transaction() as tx:
        return store.run(tx, name).computed_at.isoformat()


def issue(client: FlaskClient, parts: Parts) -> tuple[int, str]:
    return send(client, f"{RUN}/emission", f"{RUN}/emission", computed_at=computed_at(parts))


@pytest.mark.parametrize("path", POSTS)
def test_a_post_without_its_token_changes_nothing(accountant: FlaskClient, web_parts: Parts, path: str) -> None:
    draft(accountant)
    answer = accountant.post(path, data={"year": "2024", "computed_at": computed_at(web_parts), "lines": "1"})
    assert answer.status_code == 400
    assert states(web_parts) == [("2024-1", "draft")]
    assert numbers(web_parts) == []


@pytest.mark.parametrize("login", ["tech", "mairie"])
@pytest.mark.parametrize("path", POSTS)
def test_only_an_accountant_changes_anything(
    app: Flask, accountant: FlaskClient, web_parts: Parts, login: str, path: str
) -> None:
    draft(accountant)
    other = log_in(app, login)
    home = "/mot-de-passe"  # a page with a form that everybody may open
    status, _ = send(other, home, path, year="2024", computed_at=computed_at(web_parts), lines="1", reason="non")
    assert status == 403
    assert states(web_parts) == [("2024-1", "draft")]
    assert numbers(web_parts) == []


def test_a_year_goes_from_draft_to_issue_and_back_where_it_may(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    assert send(accountant, RUN, f"{RUN}/relecture")[0] == 302
    assert states(web_parts) == [("2024-1", "reviewed")]
    assert "est relue" in text(accountant, RUN)
    assert send(accountant, RUN, f"{RUN}/reouverture")[0] == 302
    assert states(web_parts) == [("2024-1", "draft")]
    assert issue(accountant, web_parts)[0] == 302
    assert states(web_parts) == [("2024-1", "issued")]
    assert numbers(web_parts) == ["F-2024-00001", "F-2024-00002"]


def test_a_year_that_owes_nothing_opens_no_run(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    issue(accountant, web_parts)
    draft(accountant)
    assert "rien à facturer ni à corriger" in text(accountant, HOME)
    assert states(web_parts) == [("2024-1", "issued")]


@pytest.mark.parametrize("year", ["1999", "deux mille", "99999"])
def test_a_year_that_cannot_be_billed_is_refused_with_why(accountant: FlaskClient, web_parts: Parts, year: str) -> None:
    status, page = send(accountant, HOME, "/facturation/campagnes/", year=year)
    if status == 302:
        page = text(accountant, HOME)
    assert any(words in page for words in ("aucune grille tarifaire", "hors limites", "illisible"))
    assert states(web_parts) == []


def test_a_second_click_on_issue_issues_nothing_more(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    token = text(accountant, f"{RUN}/emission").split('name="csrf_token"')[-1].split('value="')[1].split('"')[0]
    form = {"csrf_token": token, "computed_at": computed_at(web_parts)}
    first, second = (accountant.post(f"{RUN}/emission", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert "a été émise par compta" in text(accountant, f"{RUN}/documents")
    assert numbers(web_parts) == ["F-2024-00001", "F-2024-00002"]


def test_two_accountants_at_the_same_instant_issue_once(app: Flask, web_parts: Parts) -> None:
    clients = [log_in(app, "compta"), log_in(app, "compta")]
    draft(clients[0])
    form = {"computed_at": computed_at(web_parts)}
    tokens = [
        text(client, f"{RUN}/emission").split('name="csrf_token"')[-1].split('value="')[1].split('"')[0]
        for client in clients
    ]
    barrier, answers = threading.Barrier(2), []

    def click(client: FlaskClient, token: str) -> None:
        barrier.wait()
        answers.append(client.post(f"{RUN}/emission", data={"csrf_token": token, **form}).status_code)

    threads = [threading.Thread(target=click, args=pair) for pair in zip(clients, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302, 302]
    assert numbers(web_parts) == ["F-2024-00001", "F-2024-00002"]


def test_what_was_computed_anew_since_it_was_shown_is_not_issued(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    status, _ = send(accountant, f"{RUN}/emission", f"{RUN}/emission", computed_at="2024-01-01T00:00:00+00:00")
    assert status == 302
    assert "a été recalculée par compta" in text(accountant, f"{RUN}/documents")
    assert numbers(web_parts) == []


def test_an_issued_run_is_neither_reopened_nor_discarded(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    issue(accountant, web_parts)
    for move in ("relecture", "reouverture", "abandon"):
        assert send(accountant, HOME, f"{RUN}/{move}")[0] == 302
        assert "a été émise par compta" in text(accountant, RUN)
    assert states(web_parts) == [("2024-1", "issued")]


def test_discarding_is_asked_first_and_leaves_nothing(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    assert "documents non numérotés disparaîtront" in text(accountant, f"{RUN}/abandon")
    assert states(web_parts) == [("2024-1", "draft")]
    assert send(accountant, f"{RUN}/abandon", f"{RUN}/abandon")[0] == 302
    assert states(web_parts) == []
    assert send(accountant, HOME, f"{RUN}/abandon")[0] == 404


def test_a_reviewed_run_is_not_computed_anew(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    send(accountant, RUN, f"{RUN}/relecture")
    draft(accountant)
    assert "est relue par compta" in text(accountant, HOME)


INVOICE = "/facturation/factures/F-2024-00001"


def credit(client: FlaskClient, lines: list[str], **fields: str) -> tuple[int, str]:
    """Issue a credit note through its preview."""
    status, page = ask(client, lines, **fields)
    assert status == 200
    token = page.split('name="csrf_token"')[-1].split('value="')[1].split('"')[0]
    answer = client.post(f"{INVOICE}/avoir/emission", data={"csrf_token": token, "lines": lines, **fields})
    return answer.status_code, answer.headers.get("Location", "")


def ask(client: FlaskClient, lines: list[str], **fields: str) -> tuple[int, str]:
    token = text(client, f"{INVOICE}/avoir").split('name="csrf_token"')[-1].split('value="')[1].split('"')[0]
    answer = client.post(f"{INVOICE}/avoir", data={"csrf_token": token, "lines": lines, **fields})
    return answer.status_code, answer.get_data(as_text=True)


def test_a_credit_note_is_shown_before_it_is_issued(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    issue(accountant, web_parts)
    with web_parts.database.transaction() as tx:
        line = store.document(tx, "F-2024-00001").lines[0]
    _, page = ask(accountant, ["1"], reason="Poste retiré", rebill="y")
    assert "pourront être refacturés" in page
    assert f"{line.amount:.2f}".replace(".", ",")[-5:] in page
    assert len(numbers(web_parts)) == 2
    status, location = credit(accountant, ["1"], reason="Poste retiré", rebill="y")
    assert (status, location) == (302, "/facturation/factures/F-2024-00003")
    with web_parts.database.transaction() as tx:
        note = store.document(tx, "F-2024-00003")
        assert (note.net, note.reason, note.lines[0].rebill) == (-line.amount, "Poste retiré", True)
    assert "F-2024-00003" in text(accountant, INVOICE)
    assert "F-2024-00001" in text(accountant, "/facturation/factures/F-2024-00003")


@pytest.mark.parametrize(
    ("lines", "reason", "told"),
    [([], "Erreur", "Choisissez au moins une ligne"), (["1"], "", "Un avoir a un motif."),
     (["1"], "x" * 501, "500 caractères au plus."), (["99"], "Erreur", "Choisissez au moins une ligne")],
)  # fmt: skip
def test_a_credit_note_that_cannot_be_says_why_and_loses_nothing(
    accountant: FlaskClient, web_parts: Parts, lines: list[str], reason: str, told: str
) -> None:
    draft(accountant)
    issue(accountant, web_parts)
    status, page = ask(accountant, lines, reason=reason)
    assert status == 200
    assert told in page
    assert reason in page
    assert len(numbers(web_parts)) == 2


def test_a_second_click_on_a_credit_note_credits_once(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    issue(accountant, web_parts)
    _, page = ask(accountant, ["1"], reason="Erreur")
    token = page.split('name="csrf_token"')[-1].split('value="')[1].split('"')[0]
    form = {"csrf_token": token, "lines": ["1"], "reason": "Erreur"}
    for _ in range(2):
        assert accountant.post(f"{INVOICE}/avoir/emission", data=form).status_code == 302
    assert "déjà créditées, par F-2024-00003" in text(accountant, INVOICE)
    assert numbers(web_parts) == ["F-2024-00001", "F-2024-00002", "F-2024-00003"]


def test_a_credit_note_is_not_credited(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    issue(accountant, web_parts)
    credit(accountant, ["1"], reason="Erreur")
    answer = accountant.get("/facturation/factures/F-2024-00003/avoir")
    assert answer.status_code == 400
    assert "est un avoir" in answer.get_data(as_text=True)


def test_what_was_credited_to_be_billed_anew_is_in_the_next_run(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    issue(accountant, web_parts)
    credit(accountant, ["1"], reason="Erreur", rebill="y")
    draft(accountant)
    with web_parts.database.transaction() as tx:
        (again,) = store.documents_of(tx, store.run(tx, "2024-2").id)
        assert again.net == store.document(tx, "F-2024-00001").lines[0].amount


def test_a_correction_shows_a_credit_note_beside_its_invoice(accountant: FlaskClient, web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        albert = inventory_store.customer(tx, "albert")
        sold = Subscription(customer=albert, code="zimbra-5go", quantity=10, start=START)
        tx.add(sold)
    draft(accountant)
    issue(accountant, web_parts)
    with web_parts.database.transaction() as tx:
        tx.delete(tx.merge(sold))
    draft(accountant)
    page = text(accountant, "/facturation/campagnes/2024-2/documents")
    assert "Avoir" in page
    assert "F-2024-00001" in page


def test_all_the_pdfs_of_a_run_become_one_archive(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    issue(accountant, web_parts)
    assert "Préparer tous les PDF" in text(accountant, f"{RUN}/exports")
    assert accountant.get(f"{RUN}/archive.zip").status_code == 404
    assert send(accountant, f"{RUN}/exports", f"{RUN}/archive")[0] == 302
    for thread in threading.enumerate():
        if thread.name == "archive 2024-1":
            thread.join()
    assert "2 documents prêts" in text(accountant, f"{RUN}/archive/avancement").replace("\xa0", " ")
    packed = ZipFile(io.BytesIO(accountant.get(f"{RUN}/archive.zip").data))
    assert packed.namelist() == ["F-2024-00001.pdf", "F-2024-00002.pdf"]
    assert packed.read("F-2024-00002.pdf") == accountant.get("/facturation/factures/F-2024-00002.pdf").data


def test_an_archive_that_was_interrupted_says_so_and_goes_on(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    issue(accountant, web_parts)
    archive = archives.archive_of(web_parts, "2024-1")
    archive.folder.mkdir(parents=True)
    (archive.folder / "F-2024-00001.pdf").write_bytes(accountant.get(f"{INVOICE}.pdf").data)
    page = text(accountant, f"{RUN}/archive/avancement")
    assert 'max="2" value="1"' in page
    assert "Interrompu" in page
    assert archives.finish(web_parts) == "1 archive terminée."
    assert archive.ready


def test_a_run_that_is_not_issued_has_no_archive(accountant: FlaskClient, web_parts: Parts) -> None:
    draft(accountant)
    status, page = send(accountant, RUN, f"{RUN}/archive")
    assert status == 400
    assert "n’est pas émise" in page
    with web_parts.database.transaction() as tx:
        runs.discard(tx, "2024-1")
    assert not archives.archive_of(web_parts, "2024-1").asked
