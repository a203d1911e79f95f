"""A whole 2024 of the demo: simulated, issued, one credit note, exports that validate, then nothing left to bill."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from dcops.billing import credit, exporting, runs, store
from dcops.billing.documents import document_of
from dcops.billing.dry_run import dry_run
from dcops.billing.exports import facturx
from dcops.config import Settings
from dcops.db import Database
from dcops.demo.fill import fill
from dcops.demo.folder import preferred_ports
from dcops.demo.load import EPOCH
from dcops.sections import Budget, Operator, Pes
from inventory.orm import Transaction
from tests.dcops.billing.exports.schematron import EN16931, FRENCH, faults, schema_faults

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SETTINGS = Settings(
    operator=Operator(
        siret="25800436500015", address="1 rue de l'Exemple", postcode="80000", city="Amiens",
        iban="FR7630001007941234567890185", bic="BDFEFRPPCCT",
    ),
    budgets=[Budget(code="CSN", name="Centre de services numériques")],
    pes=Pes(post="080010", collectivity="123"),
)  # fmt: skip


@pytest.fixture(scope="module")
def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demo world, on a day when 2024 is over."""
    path = tmp_path_factory.mktemp("year") / "demo.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    with database.transaction() as tx:
        fill(tx, preferred_ports(), NOW, EPOCH)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def issued(demo: Database) -> Database:
    """The same, with 2024 issued and its largest invoice credited for good."""
    with demo.transaction() as tx:
        simulated = dry_run(tx, 2024, SETTINGS)
        run = runs.draft(tx, 2024, SETTINGS, "Dominique Comptable", NOW)
        assert run is not None
        runs.review(tx, run.name, "Dominique Comptable", NOW)
        runs.issue(tx, run.name, SETTINGS, "Dominique Comptable", NOW)
        rows = store.documents_of(tx, run.id)
        assert (sum(row.net for row in rows), sum(row.gross for row in rows)) == (simulated.net, simulated.gross)
        assert len(rows) == len(simulated.invoices) >= 40
        assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
        largest = max(rows, key=lambda row: row.gross)
        assert largest.number is not None
        credit.credit(tx, largest.number, "Établie au nom d'un autre budget.", SETTINGS, "Dominique Comptable", NOW)
    return demo


def documents(tx: Transaction) -> list[Any]:
    numbers = [row.number for row in store.issued(tx)]
    return [document_of(store.document(tx, number), SETTINGS) for number in numbers if number]


def test_every_document_passes_the_rules_of_electronic_invoices(issued: Database) -> None:
    with issued.transaction() as tx:
        found = documents(tx)
    assert {document.kind for document in found} == {"invoice", "credit_note"}
    for document in found:
        xml = facturx.xml(document)
        assert (document.number, schema_faults(xml)) == (document.number, [])
        assert (document.number, faults(xml, EN16931)) == (document.number, [])
        assert (document.number, faults(xml, FRENCH)) == (document.number, [])


def test_its_titres_are_valid(issued: Database, pes_schema: Any, tmp_path: Path) -> None:
    with issued.transaction() as tx:
        note = store.issued(tx)[0]
        batches = [exporting.batch(tx, name, SETTINGS) for name in ("2024-1", note.number or "")]
    written = [exporting.write(batch, "pes", tmp_path / batch.name, SETTINGS) for batch in batches]
    for told in written:
        (file,) = told.files
        pes_schema.assertValid(etree.parse(file))
    amounts = [Decimal(etree.parse(told.files[0]).find(".//MtBordHt").get("V")) for told in written]
    with issued.transaction() as tx:
        issued_net = sum(row.net for row in store.documents_of(tx, store.run(tx, "2024-1").id))
        assert amounts == [issued_net, -note.net]


def test_its_files_are_there_once_each(issued: Database, tmp_path: Path) -> None:
    with issued.transaction() as tx:
        batch = exporting.batch(tx, "2024-1", SETTINGS)
    told = exporting.write(batch, "titres-csv", tmp_path, SETTINGS)
    assert [path.name for path in told.files] == ["titres-2024-1-CSN.csv"]
    names = {path.name for path in exporting.write(batch, "html", tmp_path, SETTINGS).files}
    assert names == {f"{document.number}.html" for document in batch.documents}


def test_the_same_run_again_bills_nothing(issued: Database) -> None:
    with issued.transaction() as tx:
        assert runs.draft(tx, 2024, SETTINGS, "Dominique Comptable", NOW) is None
        assert [run.name for run in store.runs(tx)] == ["2024-1"]
