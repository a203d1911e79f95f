"""A subscription is sold, changed, ended and resumed; nothing of it is ever overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from dcops.contracts.amendments import preview, record, resumption
from dcops.contracts.changes import Draft
from dcops.contracts.detail import exit_cost, of, remarks
from dcops.contracts.holdings import holdings, terms_of
from dcops.contracts.models import Subscription
from dcops.contracts.sale import Offer, assess, sell
from dcops.contracts.store import subscription, subscriptions
from dcops.db import Database
from inventory.errors import Conflict, DomainError, Invalid, NotFound
from tests.dcops.contracts.world import NOW, START, customers, sold

TODAY = date(2024, 6, 15)
WHO = ("Dominique", "demande du client", NOW)


@pytest.fixture
def tx(sqlite_database: Database) -> Iterator[Session]:
    with sqlite_database.transaction() as opened:
        customers(opened)
        yield opened


def offer(code: str, quantity: str = "1", **told: object) -> Offer:
    return Offer("albert", code, Decimal(quantity), START, **told)  # type: ignore[arg-type]


def test_every_amendment_is_kept_with_who_and_why(database: Database) -> None:
    with database.transaction() as tx:
        customers(tx)
        id = sold(tx).id
    with database.transaction() as tx:
        _, effect = record(tx, id, Draft("change", date(2024, 6, 1), quantity=Decimal(8)), *WHO)
        assert effect.difference == Decimal("288.00")  # 2 × 144
        _, effect = record(tx, id, Draft("end", date(2025, 7, 1)), *WHO)
        assert effect.difference == Decimal("-1152.00")
    with database.transaction() as tx:
        held = [(one.quantity, one.start, one.end) for one in holdings(tx, START, date(2026, 1, 1), "albert")]
        assert held == [(6, START, date(2024, 6, 1)), (8, date(2024, 6, 1), date(2025, 7, 1))]
        _, effect = record(tx, id, resumption(tx, id), *WHO)
        assert effect.difference == Decimal("1152.00")
        row = subscription(tx, id)
        assert [(one.kind, one.author, one.reason) for one in row.amendments] == [
            (kind, "Dominique", "demande du client") for kind in ("change", "end", "resume")
        ]
        assert (row.quantity, row.end, terms_of(row)[-1].end) == (6, None, None)  # as first agreed, and as it runs
    for statement in ("UPDATE amendments SET reason = 'x'", "DELETE FROM amendments"):
        with pytest.raises((DatabaseError, DomainError)), database.transaction() as tx:
            tx.execute(text(statement))


def test_a_preview_writes_nothing(tx: Session) -> None:
    id = sold(tx).id
    effect = preview(tx, id, Draft("change", date(2024, 7, 1), quantity=Decimal(4)), TODAY)
    assert effect.difference == Decimal("-288.00")
    assert [int(term.quantity) for term in effect.after] == [6, 4]
    assert subscription(tx, id).amendments == []


def test_an_end_moved_later_costs_from_the_end_that_was_known(tx: Session) -> None:
    id = sold(tx, end=date(2025, 1, 1)).id
    assert preview(tx, id, Draft("end", date(2026, 1, 1)), TODAY).difference == Decimal("864.00")
    assert preview(tx, id, Draft("end", date(2024, 9, 1)), TODAY).difference == Decimal("-864.00")


@pytest.mark.parametrize(("author", "reason"), [("", "x"), ("x", "  "), ("x" * 101, "x"), ("x", "x" * 2001)])
def test_an_amendment_has_an_author_and_a_reason(tx: Session, author: str, reason: str) -> None:
    id = sold(tx).id
    with pytest.raises(Invalid, match=r"un avenant (a un auteur|se motive)"):
        record(tx, id, Draft("end", date(2025, 1, 1)), author, reason, NOW)


def test_an_unknown_subscription_is_said_so(tx: Session) -> None:
    with pytest.raises(NotFound, match="abonnement n° 99"):
        record(tx, 99, Draft("end", date(2025, 1, 1)), *WHO)


def test_a_change_that_would_have_no_price_is_refused(tx: Session) -> None:
    id = sold(tx, "av-forfait", 6).id
    with pytest.raises(Invalid, match="sur devis"):
        record(tx, id, Draft("change", date(2024, 9, 1), quantity=Decimal(9)), *WHO)
    draft = Draft("change", date(2024, 9, 1), quantity=Decimal(9), agreed_price=Decimal(250))
    assert record(tx, id, draft, *WHO)[1].difference == Decimal("70.00")  # 250 the package, 180 before


def test_leaving_early_says_what_remains_due(tx: Session) -> None:
    id = sold(tx).id
    draft = Draft("end", date(2025, 7, 1))
    before = exit_cost(tx, id, draft)
    record(tx, id, draft, *WHO)
    after = exit_cost(tx, id, draft)
    assert before == after
    assert before is not None
    assert before.due == Decimal("1299.55")  # 864 × 184/365 + 864
    assert remarks(draft, date(2026, 1, 1), before) == [
        "Sortie le 01/07/2025, engagement jusqu'au 31/12/2026 : reste dû 1\xa0299,55\xa0€ HT.",
        "Déjà facturé jusqu'au 31/12/2025 : la prochaine campagne créditera et refacturera ces jours.",
    ]
    assert remarks(draft, date(2025, 7, 1), None) == []


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (offer("maint-poste", "0"), "supérieure à zéro"),
        (offer("maint-poste", end=START), "avant d'avoir commencé"),
        (offer("maint-poste", end=date(2023, 1, 1)), "avant d'avoir commencé"),
        (offer("maint-pote"), "dans aucune grille tarifaire ; codes proches : maint-poste"),
        (offer("dc-espace-privatif"), "sur devis"),
        (offer("av-forfait", "9"), "sur devis"),
        (offer("domaine-autre-ext"), "fournisseur"),
        (offer("assist-5h"), "forfait d'heures"),
        (offer("dc-elec"), "mesuré"),
        (offer("m365"), "rien n'y est vendu"),
        (offer("demat-autre"), "ne leur est pas vendue"),
        (offer("maint-poste", agreed_price=Decimal(-1)), "jamais négatif"),
        (offer("maint-poste", commitment_months=601), "0 à 600 mois"),
        (offer("maint-poste", notice_months=-1), "0 à 600 mois"),
        (Offer("nulle-part", "maint-poste", Decimal(1), START), "nulle-part"),
    ],
)
def test_what_cannot_be_sold_is_refused_with_the_remedy(tx: Session, wanted: Offer, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        sell(tx, wanted)
    assert subscriptions(tx) == []


def test_a_line_on_quotation_is_sold_at_its_agreed_price(tx: Session) -> None:
    row, price = sell(tx, offer("dc-espace-privatif", agreed_price=Decimal("15200.00")))
    assert (row.agreed_price, price.amount) == (Decimal(15200), Decimal("15200.00"))
    _, price = sell(tx, offer("domaine-autre-ext", "2", supplier_price=Decimal(30)))
    assert price.amount == Decimal("72.00")  # 30 € + 20 %, twice


def test_what_deserves_a_look_is_told_and_sold(tx: Session) -> None:
    _, price = sell(tx, offer("connect-epci"))
    assert "réservée aux EPCI" in price.warnings[0]
    assert "facturé deux fois" in assess(tx, offer("vm1")).warnings[0]
    sold(tx)
    again = assess(tx, Offer("albert", "maint-poste", Decimal(2), date(2024, 5, 1)))
    assert "a déjà cette ligne : n° 2 du 01/01/2024" in again.warnings[0]
    with pytest.raises(Conflict, match="commence déjà le 01/01/2024"):
        sell(tx, offer("maint-poste", "2"))


def test_a_contract_older_than_the_first_grid_is_priced_at_one_that_has_its_line(tx: Session) -> None:
    _, price = sell(tx, Offer("albert", "maint-poste", Decimal(1), date(2019, 5, 1)))
    assert price.line.tariff == "2024"


def test_the_detail_of_a_subscription_tells_its_price_of_the_day(tx: Session) -> None:
    id = sold(tx, renewal_months=12, notice_months=3).id
    record(tx, id, Draft("change", date(2024, 9, 1), quantity=Decimal(8)), *WHO)
    found = of(tx, id, TODAY, date(2025, 1, 1))
    assert found.price is not None
    assert (found.current.quantity, found.price.amount) == (6, Decimal("864.00"))
    assert found.exit is not None
    assert found.exit.due == Decimal("2304.00")  # two years of 8
    document = found.document()
    assert document["commitment"] == {
        "commitment_months": 36, "commitment_to": "2027-01-01", "renewal_months": 12, "notice_months": 3,
        "term_to": "2027-01-01", "next_notice_by": "2026-09-30",
    }  # fmt: skip
    assert "préavis au plus tard le 30/09/2026" in found.human()
    assert of(tx, id, date(2024, 9, 1)).current.quantity == 8


def test_a_price_that_no_grid_gives_any_more_is_said(tx: Session) -> None:
    row = Subscription(
        customer=sold(tx).customer, code="demat-autre", quantity=Decimal(1), start=START, end=None, amendments=[]
    )
    tx.add(row)
    tx.flush()
    found = of(tx, row.id, TODAY)
    assert found.price is None
    assert "ne leur est pas vendue" in (found.refused or "")
    assert preview(tx, row.id, Draft("end", date(2025, 1, 1)), TODAY).difference is None
