"""Space on pages: a place is found, booked after its price and its elevation were seen, ended, taken back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from flask.testing import FlaskClient

from dcops.app import create_app
from dcops.config import Settings
from dcops.db import Database
from dcops.sections import Web
from dcops.wiring import Parts
from inventory import space_store, store
from inventory.clock import FixedClock
from inventory.errors import ImportRefused
from inventory.models import Rack, Share
from inventory.space_imports import import_shares
from inventory.turns import IMPORTS, take_turn
from tests.dcops.web.browsing import send, text
from tests.dcops.web.conftest import ISSUER, log_in, seed

BOOK = "/baies/A02/reserver"
HALF = {"customer": "albert", "kind": "half", "position": "1", "start": "2024-07-01", "power_w": "1500"}


def shares_of(parts: Parts, rack: str) -> list[Share]:
    with parts.database.transaction() as tx:
        return list(store.rack(tx, rack).shares)


def plain(page: str) -> str:
    """A page with the spaces that keyboards type."""
    return page.replace("\u202f", " ").replace("\xa0", " ")


def test_a_share_is_booked_once_its_price_and_its_elevation_were_seen(
    web_parts: Parts, technician: FlaskClient
) -> None:
    status, seen = send(technician, BOOK, BOOK, **HALF)
    assert status == 200
    assert "A02 U1 à U21" in seen
    seen = plain(seen)
    assert "Nouveau : Ville d’Albert (vendu)" in seen
    assert "4 800,00" in seen
    assert shares_of(web_parts, "A02") == []
    status, _ = send(technician, BOOK, BOOK, **HALF, step="confirmer")
    assert status == 302
    (share,) = shares_of(web_parts, "A02")
    assert (share.customer.code, share.start, share.end, share.power_w) == ("albert", date(2024, 7, 1), None, 1500)
    page = text(technician, "/baies/A02")
    assert "Ville d’Albert, à partir du 01/07/2024 (réservé)" in page
    assert "réservé à partir du 01/07/2024, par tech." in page


def test_what_is_taken_is_told_with_whose_it_is_and_nothing_typed_is_lost(
    web_parts: Parts, technician: FlaskClient
) -> None:
    form = {**HALF, "position": "1", "reason": "Extension demandée par la mairie"}
    status, seen = send(technician, "/baies/A01/reserver", "/baies/A01/reserver", **form, step="confirmer")
    assert status == 200
    assert "est déjà à Ville d’Albert depuis le 01/01/2024" in seen
    assert "Extension demandée par la mairie" in seen
    assert 'value="1500"' in seen
    assert len(shares_of(web_parts, "A01")) == 2


def test_of_two_pages_and_a_file_at_once_one_has_the_space_and_the_others_are_told(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    with database.transaction() as tx:
        seed(tx)
    parts = Parts(Settings(operator=ISSUER, web=Web(secret_file=tmp_path / "key")), database, clock, {})
    app, together = create_app(parts), Barrier(3)
    clients = [log_in(app, login) for login in ("tech", "compta")]
    tokens = [text(client, BOOK).split('name="csrf_token"')[1].split('value="')[1].split('"')[0] for client in clients]

    def page(number: int) -> str:
        form = {**HALF, "customer": ("albert", "roye")[number], "csrf_token": tokens[number], "step": "confirmer"}
        together.wait()
        answer = clients[number].post(BOOK, data=form)
        assert answer.status_code in (200, 302)
        return "" if answer.status_code == 302 else answer.get_data(as_text=True)

    def file(_: int) -> str:
        rows = "rack;kind;position;units;customer;from;to;power_w\nA02;quarter;2;;roye;2024-06-01;;\n"
        together.wait()
        try:
            with database.transaction() as tx:
                take_turn(tx, IMPORTS)
                import_shares(tx, "parts.csv", rows)
        except ImportRefused as refused:
            return str(refused)
        return ""

    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(way, number) for way, number in ((page, 0), (page, 1), (file, 2))]
        refused = [answer for each in asked if (answer := each.result())]
    assert len(refused) == 2
    assert all("est déjà à Ville d" in answer or "chevauche U" in answer for answer in refused)
    assert len(shares_of(parts, "A02")) == 1


def test_a_share_is_ended_and_one_to_come_is_taken_back(web_parts: Parts, technician: FlaskClient) -> None:
    end = "/baies/parts/1/fin"
    assert send(technician, end, end, last="2024-09-30", reason="Départ")[0] == 302
    with web_parts.database.transaction() as tx:
        assert space_store.share(tx, 1).end == date(2024, 10, 1)
    assert 'value="2024-09-30"' in text(technician, end)
    status, seen = send(technician, end, end, last="2023-09-30")
    assert (status, "finir plus tard, ou annuler" in seen) == (200, True)
    cancel = "/baies/parts/1/annulation"
    status, seen = send(technician, cancel, cancel)
    assert "a commencé le 01/01/2024" in seen
    send(technician, BOOK, BOOK, **HALF, step="confirmer")
    (coming,) = shares_of(web_parts, "A02")
    assert send(technician, f"/baies/parts/{coming.id}/annulation", f"/baies/parts/{coming.id}/annulation")[0] == 302
    assert shares_of(web_parts, "A02") == []
    assert "réservation annulée" in text(technician, "/baies/A02")


def test_a_place_is_found_and_its_booking_form_is_filled_in(technician: FlaskClient) -> None:
    page = text(technician, "/baies/trouver?kind=half&watts=2000&start=2024-07-01")
    assert "Réserver ici" in page
    link = page.split('btn-outline-primary text-nowrap" href="/baies/')[1].split('"')[0].replace("&amp;", "&")
    form = text(technician, f"/baies/{link}")
    assert 'value="2024-07-01"' in form
    assert 'value="2000"' in form
    assert "1 baie sans" not in text(technician, "/baies/trouver")


def test_why_no_rack_does_is_said_with_how_many(technician: FlaskClient) -> None:
    page = text(technician, "/baies/trouver?kind=full&watts=9000&start=2024-07-01&room=Salle+1")
    assert "1 baie sans baie entière libre" in page
    assert "capacité non renseignée" in page
    assert "Un nombre entier" in text(technician, "/baies/trouver?kind=full&watts=beaucoup&start=2024-07-01")


ROOM = "/salles/Amiens/Salle%201"


def test_a_room_is_drawn_in_three_colours_and_listed(technician: FlaskClient) -> None:
    for colour, words in (("occupation", "75 %"), ("puissance", "1,0/2,8 kW"), ("ecarts", "600 €/an")):
        page = text(technician, f"{ROOM}?couleur={colour}")
        assert words in plain(page)
        assert 'href="/baies/A01"' in page
    table = technician.get(f"{ROOM}?format=csv").get_data(as_text=True)
    assert table.splitlines()[1].startswith("A01;")
    assert technician.get("/salles/Amiens/Inconnue").status_code == 404


def five_more(parts: Parts) -> list[str]:
    """Five empty racks in the first room."""
    names = [f"C0{number}" for number in range(1, 6)]
    with parts.database.transaction() as tx:
        room = store.rack(tx, "A01").room
        tx.add_all(Rack(room=room, name=name, u_height=42) for name in names)
    return names


CAGE = {"name": "Cage 1", "customer": "albert", "start": "2024-07-01"}


def test_a_cage_is_booked_with_its_price_by_who_may_sell_and_ended_with_its_subscription(
    web_parts: Parts, accountant: FlaskClient, technician: FlaskClient
) -> None:
    racks = five_more(web_parts)
    new, form = "/baies/espaces/nouveau", {**CAGE, "racks": racks, "agreed_price": "42000"}
    status, seen = send(accountant, new, new, **form)  # type: ignore[arg-type]
    assert (status, "42 000,00" in plain(seen)) == (200, True)
    assert send(accountant, new, new, **form, step="confirmer")[0] == 302  # type: ignore[arg-type]
    assert "Cage 1 : Ville d’Albert" in plain(text(technician, ROOM))
    change = "/baies/espaces/1/fin"
    assert "la comptabilité y met fin" in text(technician, change)
    assert send(accountant, change, change, last="2024-12-31")[0] == 302
    with web_parts.database.transaction() as tx:
        assert {share.end for share in space_store.cage(tx, 1).shares} == {date(2025, 1, 1)}
    assert "31/12/2024" in text(accountant, "/contrats/1")


def test_a_technician_books_a_cage_whose_price_comes_later(web_parts: Parts, technician: FlaskClient) -> None:
    racks = five_more(web_parts)
    new = "/baies/espaces/nouveau"
    _, seen = send(technician, new, new, **CAGE, racks=racks[:4])  # type: ignore[arg-type]
    assert "plus de quatre baies" in seen
    _, seen = send(technician, new, new, **CAGE, racks=racks, agreed_price="1")  # type: ignore[arg-type]
    assert "sans prix convenu" in seen
    assert send(technician, new, new, **CAGE, racks=racks, step="confirmer")[0] == 302  # type: ignore[arg-type]
    cancel = "/baies/espaces/1/annulation"
    assert send(technician, cancel, cancel)[0] == 302
    assert shares_of(web_parts, racks[0]) == []


@pytest.mark.parametrize("path", [BOOK, "/baies/parts/1/fin", "/baies/parts/1/annulation", "/baies/espaces/nouveau"])
def test_a_commune_books_nothing(commune: FlaskClient, path: str) -> None:
    assert commune.get(path).status_code == 403
