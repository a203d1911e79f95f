"""What each page of space, energy and customers shows, on a small data centre whose values are known."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from dcops.app import create_app
from dcops.auth.users import add_user
from dcops.web.pages.machines import seen
from dcops.wiring import Parts
from inventory import store
from inventory.facts import Guest
from inventory.models import Machine, SourceSnapshot
from metering import store as metering
from metering.readings import Fault
from metering.register import keep_faults
from tests.conftest import NOW
from tests.dcops.web.conftest import PASSWORD, log_in

NBSP, NARROW = "\u00a0", "\u202f"


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    """The words of a page, tags removed and spaces made plain."""
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)
    body = answer.get_data(as_text=True).split("<main", 1)[1]
    plain = html.unescape(re.sub(r"<[^>]+>", " ", body)).replace(NBSP, " ").replace(NARROW, " ")
    return re.sub(r"\s+", " ", plain)


def rows_of(client: FlaskClient, path: str) -> list[dict[str, str]]:
    """A list's CSV export."""
    answer = client.get(path)
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))


def test_the_dashboard_adds_up_what_the_lists_show(technician: FlaskClient) -> None:
    page = text_of(technician, "/tableau-de-bord/")
    assert "25 %" in page  # 31.5 U of 126
    assert "31,5 U vendus sur 126" in page
    assert "1,00 kW" in page  # both feeds of A01
    assert "1 baie mesurée sur 3" in page
    assert "720,00 €" in page  # 600 + 120
    assert "2 écarts, par an" in page
    assert "4 h 15" in page  # a pack of 5 h less 45 min
    assert page.index("A01 : appareil hors des parts") < page.index("web-01 tourne avec 4 vCPU")
    assert "2 appareils ont répondu" in page
    assert "1 muet" in page


def test_every_figure_of_the_dashboard_leads_to_its_list(technician: FlaskClient) -> None:
    page = technician.get("/tableau-de-bord/").get_data(as_text=True)
    for path in ("/baies/", "/energie/", "/ecarts/", "/assistance/", "/administration/"):
        assert f'class="stretched-link" href="{path}"' in page


def test_racks_show_space_and_power(technician: FlaskClient) -> None:
    rows = {row["Baie"]: row for row in rows_of(technician, "/baies/?format=csv")}
    a01 = rows["A01"]
    assert (a01["U vendus"], a01["U libres"], a01["Plus grand vide (U)"]) == ("31.5", "10.5", "10.5")
    assert (a01["Voie A (W)"], a01["Voie B (W)"], a01["Puissance (W)"]) == ("600", "400", "1000")
    assert a01["Collectivités"] == "Ville de Roye, Ville d’Albert"
    assert rows["B01"]["U vendus"] == "0"  # its share ended in March
    assert rows["A02"]["Puissance (W)"] == ""


def test_racks_are_narrowed_by_room_and_by_place(technician: FlaskClient) -> None:
    assert [row["Baie"] for row in rows_of(technician, "/baies/?format=csv&salle=Salle+1")] == ["A01", "A02"]
    assert [row["Baie"] for row in rows_of(technician, "/baies/?format=csv&place=vide")] == ["A02", "B01"]
    assert "Aucun résultat pour ce filtre." in text_of(technician, "/baies/?q=zzz")


def test_a_rack_shows_its_shares_devices_meters_and_findings(technician: FlaskClient) -> None:
    page = text_of(technician, "/baies/A01")
    assert "U1 à U21 Ville d’Albert 01/01/2024 → sans terme" in page
    assert "4 800,00 €" in page  # half a rack for a member
    assert "3 300,00 €" in page  # a quarter for a non-member
    assert "srv-albert" in page
    assert "A01-A" in page
    assert "5 000,0 kWh" in page
    assert "A01 : appareil hors des parts" in page
    assert "le registre est revenu à zéro" in page
    assert "U1 à U21 : attribué à Ville d’Albert." in page


def test_a_rack_draws_its_elevation(technician: FlaskClient) -> None:
    page = technician.get("/baies/A01").get_data(as_text=True)
    svg = page.split("<svg xmlns")[1].split("</svg>")[0]
    assert "U1 à U21 : Ville d’Albert (vendu)" in svg
    assert "srv-albert (occupé)" in svg


def test_a_curve_is_by_hour_then_by_day_then_by_month(technician: FlaskClient) -> None:
    assert "Énergie par heure" in text_of(technician, "/baies/A01?from=2024-06-01&to=2024-06-14")
    assert "Énergie par jour" in text_of(technician, "/baies/A01?from=2024-05-20&to=2024-06-14")
    assert "Énergie par mois" in text_of(technician, "/baies/A01?from=2024-01-01&to=2024-06-14")


def test_a_curve_says_what_is_estimated(technician: FlaskClient) -> None:
    page = text_of(technician, "/baies/A01?from=2024-05-30&to=2024-06-14")
    assert "336,0 kWh" in page  # 14 days of 1 kW
    assert "02/06/2024 24,0 kWh 24,0 kWh dont estimé" in page
    assert "03/06/2024 24,0 kWh — mesuré" in page
    assert "30/05/2024 — — sans mesure" in page


def test_a_curve_is_exported_with_the_same_values(technician: FlaskClient) -> None:
    assert "/energie/courbe?de=baie:A01&amp;format=csv&amp;from=2024-06-01&amp;to=2024-06-02" in technician.get(
        "/baies/A01?from=2024-06-01&to=2024-06-02"
    ).get_data(as_text=True)
    rows = rows_of(technician, "/energie/courbe?de=baie:A01&format=csv&from=2024-06-01&to=2024-06-02")
    assert len(rows) == 48
    assert rows[0]["Début"] == "2024-06-01T00:00:00+02:00"
    assert {row["kWh"] for row in rows} == {"1.000"}
    assert sum(float(row["kWh estimés"]) for row in rows) == 24


def test_the_default_period_of_a_curve_is_the_last_week_with_data(technician: FlaskClient) -> None:
    page = technician.get("/baies/A01").get_data(as_text=True)
    assert 'name="from" value="2024-06-08"' in page
    assert 'name="to" value="2024-06-14"' in page


@pytest.mark.parametrize("asked", ["from=2024-06-14&to=2024-06-01", "from=hier", "from=1001-01-01", "from=2001-01-01"])
def test_a_period_that_is_none_is_refused_with_the_remedy(technician: FlaskClient, asked: str) -> None:
    assert "Demande impossible" in text_of(technician, f"/baies/A01?{asked}", 400)


def test_a_rack_without_meter_says_so(technician: FlaskClient) -> None:
    page = text_of(technician, "/baies/A02")
    assert "aucun compteur ne mesure la baie A02" in page
    assert "Rien n’est vendu dans cette baie." in page


@pytest.mark.parametrize(
    "path",
    [
        "/baies/Z99", "/machines/999", "/sauvegarde/nope", "/collectivites/nope", "/energie/courbe?de=baie:Z99",
        f"/machines/{2**63}", f"/ecarts/{10**30}",
    ],
)  # fmt: skip
def test_an_unknown_thing_is_a_page_not_found(technician: FlaskClient, path: str) -> None:
    assert "404" in text_of(technician, path, 404)


def test_machines_show_their_price_and_findings(technician: FlaskClient) -> None:
    rows = {row["Machine"]: row for row in rows_of(technician, "/machines/?format=csv")}
    # VM1 420 + 1 vCPU 60 + 2 GB 120 + 30 GB 360, member; VM1 480, non-member
    assert (rows["web-01"]["Par an"], rows["web-01"]["Écarts"], rows["web-01"]["État"]) == ("960.00", "1", "En service")
    assert (rows["ancien"]["Par an"], rows["ancien"]["État"]) == ("480.00", "Terminé")
    assert [row["Machine"] for row in rows_of(technician, "/machines/?format=csv&etat=current")] == ["web-01"]
    assert [row["Machine"] for row in rows_of(technician, "/machines/?format=csv&client=roye")] == ["ancien"]


def test_a_machine_shows_sold_next_to_real(technician: FlaskClient, web_parts: Parts) -> None:
    page = text_of(technician, _machine_path(technician, "web-01"))
    assert "vCPU 2 — 4 diffère" in page
    assert "Mémoire 4 Go — 4 Go concorde" in page
    assert "Total par an 960,00 €" in page
    assert "web-01 tourne avec 4 vCPU, 2 vendus" in page
    assert "pve1" in page


def test_a_machine_is_shown_next_to_the_guests_that_the_comparison_takes_for_it() -> None:
    machine = Machine(name="web-01", cluster="amiens-a", vmid=101)
    homonym, documented = Guest("web-01", "amiens-b", None), Guest("web-01", "amiens-a", None)
    mine = Guest("WEB-01.example.org", "amiens-a", 101)
    assert seen(machine, [homonym], [Guest("web-01", "amiens-b", 101), mine]) == (None, mine)
    assert seen(machine, [homonym, documented], []) == (documented, None)
    assert seen(machine, [], [Guest("web-01", "amiens-b", 102)]) == (None, None)


def test_a_machine_nobody_saw_is_not_said_to_agree(technician: FlaskClient) -> None:
    page = text_of(technician, _machine_path(technician, "ancien"))
    assert "vCPU 1 — — non vérifié" in page
    assert "introuvable" in page


def _machine_path(client: FlaskClient, name: str) -> str:
    page = client.get("/machines/").get_data(as_text=True)
    found = re.search(rf'href="(/machines/\d+)">{name}<', page)
    assert found is not None
    return found[1]


def test_backup_boxes_show_plan_and_price(technician: FlaskClient) -> None:
    (row,) = rows_of(technician, "/sauvegarde/?format=csv")
    assert (row["Numéro de série"], row["Forfait (Go)"], row["Par an"]) == ("SN-0001", "60", "420.00")
    page = text_of(technician, "/sauvegarde/SN-0001")
    assert "backup-fas 1 100,00 € une fois 100,00 €" in page
    assert "Total par an 420,00 €" in page


def test_antivirus_adds_up_seats_in_force(technician: FlaskClient) -> None:
    page = text_of(technician, "/antivirus/")
    assert "Licences de postes 12 216,00 € par an" in page  # 12 × 18
    assert "Licences de serveurs 2 440,00 € par an" in page  # 2 × 220, non-member


def test_energy_of_a_month_by_rack_customer_and_day(technician: FlaskClient) -> None:
    (row,) = [row for row in rows_of(technician, "/energie/?month=2024-06&format=csv") if row["Baie"] == "A01"]
    assert (row["Énergie (Wh)"], row["Dont estimé (Wh)"], row["Qualité"]) == ("336000", "24000", "Dont estimé")
    page = text_of(technician, "/energie/?month=2024-06")
    assert "juin 2024, par baie et par collectivité" in page
    assert "336,0 kWh" in page
    assert "10.0.0.9 : ne répond pas en 2 s" in page
    assert "A01-B : le registre est revenu à zéro" in page


def test_a_rack_of_a_past_month_names_who_held_it_then(technician: FlaskClient) -> None:
    def holders(month: str) -> str:
        rows = rows_of(technician, f"/energie/?month={month}&format=csv")
        return next(row["Collectivités"] for row in rows if row["Baie"] == "B01")

    assert (holders("2024-02"), holders("2024-03")) == ("Ville de Roye", "")


def test_every_exception_is_counted_even_where_the_latest_only_are_shown(
    technician: FlaskClient, web_parts: Parts
) -> None:
    with web_parts.database.transaction() as tx:
        meter = metering.meter(tx, "A01-A")
        faults = [(meter.id, Fault(NOW - timedelta(days=day), "spike", day, "essai")) for day in range(1, 31)]
        keep_faults(tx, faults, NOW)
    assert "Exceptions 31 " in text_of(technician, "/energie/")
    assert "31 exceptions à décider" in text_of(technician, "/tableau-de-bord/")


def test_the_energy_of_customers_is_their_part_of_the_rack(technician: FlaskClient) -> None:
    page = text_of(technician, "/energie/?month=2024-06")
    by_customer = page.split("Par collectivité")[1]
    # A half and a quarter of its 336 kWh; what is drawn in space sold to nobody is nobody's.
    assert "Ville d’Albert 168,0 kWh" in by_customer
    assert "Ville de Roye 84,0 kWh" in by_customer


def test_a_month_without_energy_says_what_to_do(technician: FlaskClient) -> None:
    assert "Aucune énergie mesurée ce mois-ci." in text_of(technician, "/energie/?month=2023-06")
    assert "Demande impossible" in text_of(technician, "/energie/?month=juin", 400)


def test_customers_show_membership_and_what_they_hold(technician: FlaskClient) -> None:
    rows = {row["Collectivité"]: row for row in rows_of(technician, "/collectivites/?format=csv")}
    albert, roye = rows["Ville d’Albert"], rows["Ville de Roye"]
    assert (albert["Adhésion"], albert["Baies"], albert["Machines"], albert["NAS"]) == ("Adhérent", "1", "1", "1")
    assert albert["Par an"] == "6396.00"  # 4800 + 960 + 420 + 216
    assert (roye["Adhésion"], roye["Machines"], roye["Par an"]) == ("Non adhérent", "0", "3740.00")  # 3300 + 440


def test_a_customer_shows_everything_it_holds(technician: FlaskClient) -> None:
    page = text_of(technician, "/collectivites/albert")
    assert "6 396,00 €" in page
    assert "4 h 15" in page
    assert "168,0 kWh" in page
    assert "web-01 tourne avec 4 vCPU" in page
    assert "juin 2024" in page
    assert "appareil hors des parts" not in page  # nobody's


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("alber", "/collectivites/albert"),
        ("A01", "/baies/A01"),
        ("web", "/machines/"),
        ("sn-0001", "/sauvegarde/SN-0001"),
    ],
)
def test_the_search_finds_customers_racks_machines_and_serials(technician: FlaskClient, asked: str, found: str) -> None:
    page = technician.get(f"/recherche/?q={asked}").get_data(as_text=True)
    assert f'href="{found}' in page.split("<main")[1]


def test_a_search_that_finds_nothing_says_what_to_try(technician: FlaskClient) -> None:
    page = text_of(technician, "/recherche/?q=<script>zzz")
    assert "Rien ne correspond à « <script>zzz »." in page
    assert "<script>zzz" not in technician.get("/recherche/?q=<script>zzz").get_data(as_text=True)
    assert "Que cherchez-vous ?" in text_of(technician, "/recherche/")


@pytest.fixture
def empty_app(parts: Parts, tmp_path: Path) -> Flask:
    """An installation on its first day: a user, and nothing else."""
    with parts.database.transaction() as tx:
        add_user(tx, "tech", "Tech", "technician", PASSWORD, NOW)
    settings = parts.settings.model_copy(
        update={"web": parts.settings.web.model_copy(update={"secret_file": tmp_path / "key"})}
    )
    return create_app(Parts(settings, parts.database, parts.clock, {}))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/tableau-de-bord/", "Rien n’a encore été comparé."),
        ("/baies/", "dcops racks import"),
        ("/machines/", "dcops machines import"),
        ("/sauvegarde/", "dcops nas import"),
        ("/antivirus/", "dcops antivirus import"),
        ("/energie/", "dcops meters poll"),
        ("/collectivites/", "dcops customers import"),
    ],
)
def test_an_empty_installation_says_what_to_do_next(empty_app: Flask, path: str, words: str) -> None:
    assert words in text_of(log_in(empty_app, "tech"), path)


def test_the_clock_of_the_pages_is_the_one_of_the_parts(technician: FlaskClient) -> None:
    assert date(2024, 6, 15).strftime("%d/%m/%Y") in text_of(technician, "/tableau-de-bord/")


@pytest.mark.parametrize("name", ["B/02", "R&D #1", "B/02/courbe"])
def test_any_name_of_a_rack_has_its_page(app: Flask, technician: FlaskClient, web_parts: Parts, name: str) -> None:
    with web_parts.database.transaction() as tx:
        store.rack(tx, "A02").name = name
    with app.test_request_context():
        page, curve = (
            url_for("racks.detail", name=name),
            url_for("energy.curves.curve", de=f"baie:{name}", format="csv"),
        )
    assert f"Baie {name}" in html.unescape(technician.get(page).get_data(as_text=True))
    assert technician.get(curve).mimetype == "text/csv"


def test_a_box_has_its_page_whatever_its_serial(technician: FlaskClient, web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        store.nas_units(tx)[0].serial = "SN/2024/1"
    assert "SN/2024/1" in text_of(technician, "/sauvegarde/SN/2024/1")


@pytest.mark.parametrize("path", ["/recherche/?q=%00", "/baies/%00", "/baies/?q=%00"])
def test_what_no_database_can_hold_is_refused(technician: FlaskClient, path: str) -> None:
    assert "Demande impossible" in text_of(technician, path, 400)


@pytest.mark.parametrize("area", ["assistance", "ecarts", "collectivites", "energie", "sauvegarde"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_server_accepts_the_name_of_a_file(technician: FlaskClient, area: str, kind: str) -> None:
    answer = technician.get(f"/{area}/?format={kind}")
    assert answer.headers["Content-Disposition"].isascii()
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")


def test_the_next_expiry_is_the_last_day_that_the_account_shows(technician: FlaskClient) -> None:
    (row,) = rows_of(technician, "/assistance/?format=csv")
    assert row["Prochaine échéance"] == "2027-01-31"
    assert "31/01/2027" in text_of(technician, "/assistance/albert")


def test_sources_have_french_names(technician: FlaskClient, web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        tx.add(
            SourceSnapshot(
                source="contracts", kind="sold", scope="contracts", status="complete", taken_at=NOW, duration_s=0.1,
                object_count=0, faults=[], facts=[],
            )
        )  # fmt: skip
    for path in ("/administration/", "/tableau-de-bord/"):
        page = text_of(technician, path)
        assert "contrats" in page
        assert "contracts" not in page


def test_what_never_ran_is_neither_on_time_nor_in_agreement(empty_app: Flask) -> None:
    technician = log_in(empty_app, "tech")
    assert "aucune n’a encore été lancée" in text_of(technician, "/tableau-de-bord/")
    page = text_of(technician, "/ecarts/")
    assert "Rien n’a encore été comparé." in page
    assert "concordent" not in page
