"""A run from draft to issue on both databases: numbers without a gap, nothing twice, corrections as credit notes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError

from dcops.billing import credit, gate, runs, store
from dcops.billing.documents import document_of
from dcops.billing.models import BillingRun, Invoice, InvoiceLine
from dcops.config import Settings
from dcops.db import Database
from dcops.sections import Billing, Budget
from inventory.errors import Conflict, DomainError, Invalid, NotFound
from inventory.models import Customer, Finding, SourceSnapshot
from inventory.orm import Transaction
from tests.dcops.billing.year import ISSUER, LATER, NOW, SETTINGS, amend, amounts, customer, machine, mailboxes

JULY = date(2024, 7, 1)


def issued(database: Database, year: int = 2024, settings: Settings = SETTINGS, now: datetime = NOW) -> str | None:
    """Draft and issue a year; the name of the run, None when nothing was left to bill."""
    with database.transaction() as tx:
        run = runs.draft(tx, year, settings, "moi", now)
    if run is None:
        return None
    with database.transaction() as tx:
        runs.issue(tx, run.name, settings, "moi", now)
    return run.name


def documents(tx: Transaction, name: str) -> list[Invoice]:
    return list(store.documents_of(tx, store.run(tx, name).id))


def test_a_year_is_drafted_reviewed_issued_and_then_owes_nothing(database: Database) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
        machine(tx, customer(tx, "roye", member=False))
    with database.transaction() as tx:
        drafted = runs.draft(tx, 2024, SETTINGS, "camille", NOW)
        assert drafted is not None
        assert (drafted.name, drafted.state) == ("2024-1", "draft")
        assert [row.number for row in documents(tx, "2024-1")] == [None, None]
    with database.transaction() as tx:
        runs.review(tx, "2024-1", "dominique", NOW)
    with database.transaction() as tx:
        runs.issue(tx, "2024-1", SETTINGS, "dominique", NOW)
    with database.transaction() as tx:
        rows = documents(tx, "2024-1")
        assert amounts(rows) == [("abbeville", "invoice", "420.00"), ("roye", "invoice", "480.00")]
        assert [row.number for row in rows] == ["F-2025-00001", "F-2025-00002"]
        document = document_of(rows[0], SETTINGS)
        assert (document.issued_on, document.due_on) == (date(2025, 2, 3), date(2025, 3, 5))
        assert (document.net, document.vat, document.gross) == (Decimal(420), Decimal(84), Decimal(504))
        assert document.seller.siret == ISSUER.siret
        run = store.run(tx, "2024-1")
        assert (run.computed_by, run.reviewed_by, run.issued_by) == ("camille", "dominique", "dominique")
        assert runs.draft(tx, 2024, SETTINGS, "camille", LATER) is None
        assert [found.name for found in store.runs(tx)] == ["2024-1"]


def test_a_draft_is_computed_anew_and_nothing_is_doubled(database: Database) -> None:
    with database.transaction() as tx:
        who = customer(tx, "abbeville")
        machine(tx, who)
    with database.transaction() as tx:
        runs.draft(tx, 2024, SETTINGS, "moi", NOW)
    with database.transaction() as tx:
        mailboxes(tx, tx.merge(who), 10)
        runs.draft(tx, 2024, SETTINGS, "moi", LATER)
        assert amounts(documents(tx, "2024-1")) == [("abbeville", "invoice", "570.00")]
        assert store.run(tx, "2024-1").computed_at == LATER


def test_a_reviewed_run_is_computed_no_more_until_it_is_reopened(database: Database) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
        runs.draft(tx, 2024, SETTINGS, "moi", NOW)
        runs.review(tx, "2024-1", "dominique", NOW)
    with database.transaction() as tx, pytest.raises(Conflict, match="relue par dominique"):
        runs.draft(tx, 2024, SETTINGS, "moi", NOW)
    with database.transaction() as tx:
        runs.reopen(tx, "2024-1")
        assert runs.draft(tx, 2024, SETTINGS, "moi", NOW) is not None


def test_a_discarded_run_leaves_nothing(database: Database) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
        runs.draft(tx, 2024, SETTINGS, "moi", NOW)
    with database.transaction() as tx:
        runs.discard(tx, "2024-1")
    with database.transaction() as tx:
        for table in ("billing_runs", "invoices", "invoice_lines"):
            assert tx.scalar(text(f"SELECT COUNT(*) FROM {table}")) == 0


def test_what_changed_after_the_issue_is_credited_and_billed_anew(database: Database) -> None:
    with database.transaction() as tx:
        who = customer(tx, "abbeville")
        machine(tx, who)
        held = mailboxes(tx, who, 10)
    assert issued(database) == "2024-1"
    with database.transaction() as tx:
        amend(tx, tx.merge(held), "change", JULY, 20)
    with database.transaction() as tx:
        second = runs.draft(tx, 2024, SETTINGS, "moi", LATER)
        assert second is not None
        note, invoice = documents(tx, second.name)
        assert (note.kind, str(note.net), note.credited.number) == ("credit_note", "-150.00", "F-2025-00001")
        assert [(line.start, line.end, str(line.amount)) for line in invoice.lines] == [
            (date(2024, 1, 1), JULY, "74.59"), (JULY, date(2025, 1, 1), "150.82"),
        ]  # fmt: skip
        runs.issue(tx, second.name, SETTINGS, "moi", LATER)
    assert issued(database, now=LATER) is None
    with database.transaction() as tx:
        assert [row.number for row in store.issued(tx)] == ["F-2025-00003", "F-2025-00002", "F-2025-00001"]
        assert store.net_by_customer(tx, 2024) == {"abbeville": Decimal("645.41")}


def test_a_contract_taken_back_and_given_again_is_a_new_version(database: Database) -> None:
    with database.transaction() as tx:
        held = mailboxes(tx, customer(tx, "abbeville"), 10)
    issued(database)
    for kind, day in (("end", date(2023, 1, 1)), ("resume", date(2024, 1, 1)), ("end", date(2023, 1, 1))):
        with database.transaction() as tx:
            amend(tx, tx.merge(held), kind, day)
        issued(database, now=LATER)
    with database.transaction() as tx:
        assert [(str(row.net), row.kind) for row in reversed(store.issued(tx))] == [
            ("150.00", "invoice"), ("-150.00", "credit_note"), ("150.00", "invoice"), ("-150.00", "credit_note"),
        ]  # fmt: skip


def test_a_credit_note_settles_its_days_unless_they_may_be_billed_again(database: Database) -> None:
    with database.transaction() as tx:
        who = customer(tx, "abbeville")
        machine(tx, who)
        mailboxes(tx, who, 10)
    issued(database)
    with database.transaction() as tx:
        note = credit.credit(tx, "F-2025-00001", "geste commercial", SETTINGS, "moi", LATER, [1])
        assert (note.number, str(note.net), note.reason) == ("F-2025-00002", "-420.00", "geste commercial")
    assert issued(database, now=LATER) is None
    with database.transaction() as tx:
        rest = credit.credit(tx, "F-2025-00001", "à refaire", SETTINGS, "moi", LATER, rebill=True)
        assert str(rest.net) == "-150.00"
    assert issued(database, now=LATER) == "2024-2"
    with database.transaction() as tx:
        assert amounts(documents(tx, "2024-2")) == [("abbeville", "invoice", "150.00")]
        run = store.run(tx, "2024-2")
        assert [line["why"] for line in run.skipped] == [
            "vm1, du 01/01/2024 au 31/12/2024 : facturé par F-2025-00001, puis crédité sans nouvelle facturation."
        ]


@pytest.mark.parametrize(
    ("number", "reason", "positions", "error", "words"),
    [
        ("F-2025-00009", "motif", [], NotFound, "facture inconnue"),
        ("F-2025-00001", "  ", [], Invalid, "motif"),
        ("F-2025-00001", "motif", [7], NotFound, "pas de ligne 7"),
        ("F-2025-00002", "motif", [], Invalid, "est un avoir"),
        ("F-2025-00001", "motif", [1], Conflict, "déjà créditées, par F-2025-00002"),
    ],
)
def test_a_credit_that_makes_no_sense_is_refused(
    database: Database, number: str, reason: str, positions: list[int], error: type[DomainError], words: str
) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
    issued(database)
    with database.transaction() as tx:
        credit.credit(tx, "F-2025-00001", "erreur", SETTINGS, "moi", LATER)
    with database.transaction() as tx, pytest.raises(error, match=words):
        credit.credit(tx, number, reason, SETTINGS, "moi", LATER, positions)


def test_two_accountants_issue_at_once_and_one_is_told(database: Database) -> None:
    with database.transaction() as tx:
        for place in range(30):
            machine(tx, customer(tx, f"commune-{place:02d}"))
        runs.draft(tx, 2024, SETTINGS, "moi", NOW)
    together = Barrier(2)

    def go(who: str) -> str:
        together.wait()
        try:
            with database.transaction() as tx:
                runs.issue(tx, "2024-1", SETTINGS, who, NOW)
        except Conflict as refusal:
            return str(refusal)
        return "issued"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(go, ["camille", "dominique"]))
    assert told[0] == "issued" or told[1] == "issued"
    assert any("a été émise par" in words for words in told)
    with database.transaction() as tx:
        assert [row.sequence for row in documents(tx, "2024-1")] == list(range(1, 31))


def test_two_accountants_draft_at_once_and_there_is_one_draft(database: Database) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
    together = Barrier(2)

    def go(who: str) -> None:
        together.wait()
        with database.transaction() as tx:
            runs.draft(tx, 2024, SETTINGS, who, NOW)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(go, ["camille", "dominique"]))
    with database.transaction() as tx:
        assert [run.name for run in store.runs(tx)] == ["2024-1"]
        assert len(documents(tx, "2024-1")) == 1


def test_numbers_follow_each_other_per_budget_and_year(database: Database) -> None:
    budgets = [Budget(code="CSN", name="Centre de services"), Budget(code="DC", name="Data center", sections=["12"])]
    settings = Settings(operator=ISSUER, budgets=budgets)
    with database.transaction() as tx:
        who = customer(tx, "abbeville")
        machine(tx, who)
        mailboxes(tx, who, 10)
    issued(database, settings=settings)
    with database.transaction() as tx:
        rows = documents(tx, "2024-1")
        assert [(row.number, str(row.net)) for row in rows] == [
            ("CSN-2025-00001", "150.00"),
            ("DC-2025-00001", "420.00"),
        ]
        assert document_of(rows[0], settings).mentions.budget == "Centre de services"
    issued(database, year=2023, settings=settings, now=datetime.fromisoformat("2026-01-05T09:00:00+01:00"))
    with database.transaction() as tx:
        assert [row.number for row in documents(tx, "2023-1")] == ["CSN-2026-00001", "DC-2026-00001"]


def test_a_clock_that_goes_back_gives_no_number(database: Database) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
    issued(database, now=LATER)
    with database.transaction() as tx:
        runs.draft(tx, 2023, SETTINGS, "moi", LATER)
    with database.transaction() as tx, pytest.raises(Conflict, match="10/03/2025"):
        runs.issue(tx, "2023-1", SETTINGS, "moi", LATER - timedelta(days=1))


def test_who_issues_must_be_known(database: Database) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
        runs.draft(tx, 2024, Settings(), "moi", NOW)
    with database.transaction() as tx, pytest.raises(Invalid, match=r"operator\.siret, operator\.address"):
        runs.issue(tx, "2024-1", Settings(), "moi", NOW)
    with database.transaction() as tx:
        assert [row.number for row in documents(tx, "2024-1")] == [None]


def test_a_customer_whose_order_number_is_missing_waits_and_is_billed_by_the_next_run(database: Database) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
        machine(tx, customer(tx, "roye", order_number_required=True))
    assert issued(database) == "2024-1"
    with database.transaction() as tx:
        assert amounts(documents(tx, "2024-1")) == [("abbeville", "invoice", "420.00")]
        assert "numéro d'engagement obligatoire" in store.run(tx, "2024-1").skipped[0]["why"]
        tx.execute(update(Customer).where(Customer.code == "roye").values(order_number="ENG-7"))
    assert issued(database, now=LATER) == "2024-2"
    with database.transaction() as tx:
        (row,) = documents(tx, "2024-2")
        assert (row.customer.code, row.order_number) == ("roye", "ENG-7")


def test_parties_stay_as_they_were_on_the_day_of_issue(database: Database) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
    issued(database)
    with database.transaction() as tx:
        tx.execute(update(Customer).values(name="Autre nom", address="Ailleurs"))
    other = Settings(operator=ISSUER.model_copy(update={"name": "Autre syndicat"}))
    with database.transaction() as tx:
        document = document_of(documents(tx, "2024-1")[0], other)
    assert (document.seller.name, document.buyer.name, document.buyer.address) == (
        "Somme Numérique", "Abbeville", "Hôtel de ville",
    )  # fmt: skip


LINE_OF_2024 = "code = 'vm1' AND tariff_id = (SELECT id FROM tariffs WHERE name = '2024')"
FORGERIES = (
    "UPDATE invoices SET net = net + 1",
    "UPDATE invoices SET reason = 'autre' WHERE number IS NOT NULL",
    "DELETE FROM invoices",
    "UPDATE invoice_lines SET amount = amount - 1",
    "DELETE FROM invoice_lines",
    "UPDATE billing_runs SET state = 'draft'",
    "DELETE FROM billing_runs",
    f"UPDATE tariff_lines SET member_price = 1 WHERE {LINE_OF_2024}",
    f"DELETE FROM tariff_lines WHERE {LINE_OF_2024}",
)  # fmt: skip


@pytest.mark.parametrize("statement", FORGERIES)
def test_the_database_itself_refuses_to_change_what_was_issued(database: Database, statement: str) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
    issued(database)
    with pytest.raises(DatabaseError), database.engine.begin() as connection:
        connection.execute(text(statement))
    with database.transaction() as tx:
        assert amounts(documents(tx, "2024-1")) == [("abbeville", "invoice", "420.00")]


@pytest.mark.parametrize(
    "values",
    [
        {"sequence": 3, "number": "F-2025-00003", "issued_on": date(2025, 2, 3)},  # a gap
        {"sequence": 1, "number": "F-2025-00001", "issued_on": date(2025, 2, 3)},  # a number given
        {"sequence": 2, "number": "F-2025-00002", "issued_on": date(2025, 2, 2)},  # before the last one
        {"sequence": 2, "number": "F-2025-00002", "issued_on": date(2025, 2, 3), "net": Decimal(1)},  # not the sum
    ],
)
def test_the_database_itself_refuses_a_number_that_does_not_follow(
    database: Database, values: dict[str, object]
) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
    issued(database)
    with database.transaction() as tx:
        runs.draft(tx, 2023, SETTINGS, "moi", NOW)
    with pytest.raises(DatabaseError), database.engine.begin() as connection:
        connection.execute(update(Invoice).where(Invoice.number.is_(None)).values(series="F/2025", **values))


def test_an_issued_line_cannot_be_written_beside_its_document(database: Database) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
    issued(database)
    with database.transaction() as tx:
        line = documents(tx, "2024-1")[0].lines[0]
        copied = {c.key: getattr(line, c.key) for c in InvoiceLine.__table__.columns if c.key not in ("id", "position")}
    with pytest.raises(DatabaseError), database.engine.begin() as connection:
        connection.execute(InvoiceLine.__table__.insert().values(position=9, **{**copied, "key": "other"}))


def test_one_run_of_a_year_is_on_its_way_at_a_time(database: Database) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
        runs.draft(tx, 2024, SETTINGS, "moi", NOW)
    with pytest.raises(DatabaseError), database.transaction() as tx:
        tx.add(BillingRun(name="2024-9", year=2024, state="draft", skipped=[], computed_at=NOW, computed_by="moi"))


def test_a_budget_account_stands_where_a_line_has_none(database: Database) -> None:
    settings = replace_budget(SETTINGS)
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
    issued(database, settings=settings)
    with database.transaction() as tx:
        assert [line.account for line in documents(tx, "2024-1")[0].lines] == ["70688"]


def replace_budget(settings: Settings) -> Settings:
    return settings.model_copy(update={"budgets": [Budget(code="F", account="70688")]})


def test_what_changed_since_a_draft_is_told_and_blocks_where_the_settings_say_so(database: Database) -> None:
    off, block = (SETTINGS.model_copy(update={"billing": Billing(gate=gate)}) for gate in ("off", "block"))
    with database.transaction() as tx:
        held = mailboxes(tx, customer(tx, "abbeville"), 10)
        run = runs.draft(tx, 2024, SETTINGS, "moi", NOW)
        assert run is not None
        assert gate.warnings(tx, run, SETTINGS, NOW) == []
    with database.transaction() as tx:
        amend(tx, tx.merge(held), "change", JULY, 20)
    with database.transaction() as tx:
        drafted = store.run(tx, "2024-1")
        (told,) = gate.warnings(tx, drafted, SETTINGS, NOW)
        assert told.startswith("3 lignes seraient autres que dans ce calcul du 03/02/2025")
        gate.require_open(tx, drafted, SETTINGS, NOW)  # told, and no more
        assert gate.warnings(tx, drafted, off, NOW) == []
    with database.transaction() as tx, pytest.raises(Conflict, match=r"billing\.gate"):
        runs.issue(tx, "2024-1", block, "moi", NOW)
    with database.transaction() as tx:
        runs.draft(tx, 2024, block, "moi", NOW)
        runs.issue(tx, "2024-1", block, "moi", NOW)


def test_sources_that_are_silent_and_findings_that_are_worth_much_are_told(database: Database) -> None:
    with database.transaction() as tx:
        machine(tx, customer(tx, "abbeville"))
        run = runs.draft(tx, 2024, SETTINGS, "moi", NOW)
        assert run is not None
        for source, status, days in (
            ("netbox", "complete", 8), ("amiens-a", "complete", 7), ("pbs-1", "partial", 0), ("amiens-b", "failed", 0),
        ):  # fmt: skip
            tx.add(SourceSnapshot(
                source=source, kind="real", scope=source, status=status, taken_at=NOW - timedelta(days=days),
                duration_s=1, object_count=0, facts=[], faults=[],
            ))  # fmt: skip
        found, ignored = (
            Finding(
                thing=f"vm:x/{state}", rule="vm.unbilled", field="", scope="x", title="x", eur_per_year=Decimal(1000),
                state=state, first_seen=NOW, last_seen=NOW, frozen=False, sources={}, sold=None, documented=None,
                real=None,
            )
            for state in ("ACKNOWLEDGED", "IGNORED")
        )  # fmt: skip
        tx.add_all([found, ignored])
        tx.flush()
        assert len(gate.warnings(tx, run, SETTINGS, NOW)) == 3  # no more than the amount of the settings
        found.eur_per_year += 1
        tx.flush()
        *silent, open_findings = gate.warnings(tx, run, SETTINGS, NOW)
    assert silent == [
        "amiens-b n'a encore jamais répondu complètement.",
        "NetBox n'a pas répondu complètement depuis le 26/01/2025 10:00.",
        "pbs-1 n'a encore jamais répondu complètement.",
    ]
    assert open_findings == "1 écart ouvert pour 1\u00a0001,00\u00a0€ par an : les traiter avant."
