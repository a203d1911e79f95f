"""The pictures of energy, each with its table and its file, on a small data centre whose values are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from dcops.app import create_app
from dcops.sections import Space
from dcops.wiring import Parts
from inventory.orm import Transaction
from metering.models import EnergyInterval, Meter, MeterPlace, MeterReading
from metering.period import HOUR, Period, midnight, split
from tests.conftest import NOW
from tests.dcops.web.conftest import log_in
from tests.dcops.web.test_pages import rows_of, text_of

JUNE = "from=2024-06-01&to=2024-06-14"
"""The days of which A01 has energy: 600 W on A, 400 W on B, the second day estimated."""


@pytest.mark.parametrize(
    ("of", "kwh"),
    [("", 336), ("baie:A01", 336), ("voie:A:A01", 201.6), ("voie:B:A01", 134.4), ("compteur:A01-B", 134.4),
     ("collectivite:albert", 168), ("collectivite:roye", 84)],
)  # fmt: skip
@pytest.mark.parametrize("step", ["hour", "day", "month", "year"])
def test_a_curve_of_anything_at_any_step_adds_up_to_its_energy(
    technician: FlaskClient, of: str, kwh: float, step: str
) -> None:
    rows = rows_of(technician, f"/energie/courbe?de={of}&{JUNE}&pas={step}&format=csv")
    assert sum(float(row["kWh"]) for row in rows) == pytest.approx(kwh)
    assert sum(float(row["kWh estimés"] or 0) for row in rows) == pytest.approx(kwh / 14)
    assert len(rows) == {"hour": 14 * 24, "day": 14, "month": 1, "year": 1}[step]


def test_the_page_the_csv_and_the_xlsx_of_a_curve_are_the_same_list(technician: FlaskClient) -> None:
    page = text_of(technician, f"/energie/courbe?de=baie:A01&{JUNE}&pas=day")
    assert "336,0 kWh du 01/06/2024 au 14/06/2024" in page
    assert "02/06/2024 24,000 24,000 0,000 100,0 % Dont estimé" in page
    assert "Total 336,000 24,000 0,000" in page
    row = rows_of(technician, f"/energie/courbe?de=baie:A01&{JUNE}&pas=day&format=csv")[1]
    assert (row["Début"], row["Fin"]) == ("2024-06-02T00:00:00+02:00", "2024-06-03T00:00:00+02:00")
    assert (row["kWh"], row["kWh estimés"], row["Qualité"]) == ("24.000", "24.000", "Dont estimé")
    xlsx = technician.get(f"/energie/courbe?de=baie:A01&{JUNE}&format=xlsx")
    assert str(xlsx.mimetype).endswith("spreadsheetml.sheet")


def test_days_without_measure_are_a_gap_not_a_zero(technician: FlaskClient) -> None:
    rows = rows_of(technician, "/energie/courbe?de=baie:A01&from=2024-05-30&to=2024-06-02&pas=day&format=csv")
    assert [(row["kWh"], row["Couverture"], row["Qualité"]) for row in rows[:3]] == [
        ("", "0.000", "Non mesuré"), ("", "0.000", "Non mesuré"), ("24.000", "1.000", "Mesuré"),
    ]  # fmt: skip
    page = technician.get("/energie/courbe?de=baie:A01&from=2024-05-30&to=2024-06-02").get_data(as_text=True)
    assert "Non mesur\\u00e9" in page
    assert "du 30/05/2024 00:00 au 01/06/2024 00:00" in page


def test_one_silent_feed_is_told_though_the_other_speaks(technician: FlaskClient, web_parts: Parts) -> None:
    with web_parts.database.transaction() as tx:
        _forget(tx, "A01-B", datetime(2024, 6, 9, 22, tzinfo=UTC), datetime(2024, 6, 10, 10, tzinfo=UTC))
    (row,) = rows_of(technician, "/energie/courbe?de=baie:A01&from=2024-06-10&to=2024-06-10&pas=day&format=csv")
    assert (row["kWh"], row["Couverture"]) == ("19.200", "0.500")


def _forget(tx: Transaction, meter: str, start: datetime, end: datetime) -> None:
    """Withdraw what a meter counted between two instants, as a new version."""
    found = tx.query(Meter).filter_by(name=meter).one()
    at = start
    while at < end:
        tx.add(EnergyInterval(meter_id=found.id, start=at, end=at + HOUR, version=2, wh=0, flag="MISSING",
                              method="none", recorded_at=NOW))  # fmt: skip
        at += HOUR


def test_a_year_by_hour_is_drawn_by_day_and_kept_by_hour_in_the_table(technician: FlaskClient) -> None:
    year = "de=baie:A01&from=2023-06-15&to=2024-06-14&pas=hour"
    page = text_of(technician, f"/energie/courbe?{year}")
    assert "Le dessin est par jour : 8 784 barres ne tiennent pas à l’écran." in page
    rows = rows_of(technician, f"/energie/courbe?{year}&format=csv")
    assert len(rows) == 366 * 24
    assert sum(float(row["kWh"] or 0) for row in rows) == 336


def test_the_power_of_readings_is_told_where_every_meter_told_it(technician: FlaskClient, web_parts: Parts) -> None:
    at = datetime(2024, 6, 13, 10, tzinfo=UTC)
    with web_parts.database.transaction() as tx:
        for name, watts, later in (("A01-A", 900, 5), ("A01-A", 700, 9), ("A01-B", 500, 5), ("A01-A", 999, 65)):
            meter = tx.query(Meter).filter_by(name=name).one()
            heard = at + timedelta(minutes=later)
            tx.add(MeterReading(meter_id=meter.id, at=heard, wh=later, power_w=watts, source="csv", received_at=heard))
    rows = rows_of(technician, "/energie/courbe?de=baie:A01&from=2024-06-13&to=2024-06-13&format=csv")
    told = {row["Début"][11:16]: row["Puissance maximale (W)"] for row in rows}
    assert (told["12:00"], told["13:00"]) == ("1400", "")
    (feed,) = rows_of(technician, "/energie/courbe?de=voie:A:A01&from=2024-06-13&to=2024-06-13&pas=day&format=csv")
    assert feed["Puissance maximale (W)"] == "999"


@pytest.mark.parametrize(
    ("asked", "status"),
    [("de=baie:Z99", 404), ("de=voie:C:A01", 404), ("de=collectivite:nope", 404), ("de=compteur:nope", 404),
     ("de=salle:1", 400), ("pas=minute", 400), ("from=2024-06-14&to=2024-06-01", 400)],
)  # fmt: skip
@pytest.mark.parametrize("picture", ["courbe", "carte"])
def test_what_cannot_be_drawn_is_refused(technician: FlaskClient, picture: str, asked: str, status: int) -> None:
    if (picture, asked) != ("carte", "pas=minute"):
        text_of(technician, f"/energie/{picture}?{asked}", status)


def test_a_map_has_one_row_per_day_and_one_column_per_hour(technician: FlaskClient) -> None:
    rows = rows_of(technician, "/energie/carte?de=baie:A01&from=2024-05-31&to=2024-06-02&format=csv")
    assert [(row["Jour"], row["00 h"], row["23 h"], row["kWh"]) for row in rows] == [
        ("2024-05-31", "", "", ""), ("2024-06-01", "1.000", "1.000", "24.000"),
        ("2024-06-02", "1.000", "1.000", "24.000"),
    ]  # fmt: skip
    page = text_of(technician, "/energie/carte?de=baie:A01&from=2024-05-31&to=2024-06-02")
    assert "Croix : non mesuré, ce qui n’est pas zéro." in page
    assert "Total" in page
    assert "une carte : un an au plus" in text_of(technician, "/energie/carte?from=2022-06-01&to=2024-06-01", 400)


def test_the_column_that_autumn_repeats_is_there_when_it_is(technician: FlaskClient) -> None:
    autumn = rows_of(technician, "/energie/carte?de=baie:A01&from=2023-10-29&to=2023-10-29&format=csv")[0]
    assert "02 h bis" in autumn
    assert "02 h bis" not in rows_of(technician, f"/energie/carte?{JUNE}&format=csv")[0]


def test_racks_are_listed_by_how_uneven_their_feeds_are(technician: FlaskClient) -> None:
    rows = rows_of(technician, f"/energie/equilibre/?{JUNE}&format=csv")
    assert [(row["Baie"], row["État"]) for row in rows] == [
        ("A01", "Équilibrée"), ("A02", "Voie A, B non mesurée"), ("B01", "Voie A, B non mesurée"),
    ]  # fmt: skip
    told = [rows[0][name] for name in ("Voie A (kWh)", "Voie B (kWh)", "Part de A", "Couverture")]
    assert told == ["201.600", "134.400", "0.6", "1.000"]


def test_beyond_the_setting_a_rack_is_out_of_balance(web_parts: Parts) -> None:
    settings = web_parts.settings.model_copy(update={"space": Space(balance_percent=55)})
    technician = log_in(create_app(replace(web_parts, settings=settings)), "tech")
    assert "Déséquilibrées 1 une voie porte plus de 55 %" in text_of(technician, f"/energie/equilibre/?{JUNE}")
    (row,) = rows_of(technician, f"/energie/equilibre/?{JUNE}&etat=hors&format=csv")
    assert (row["Baie"], row["État"]) == ("A01", "Déséquilibrée")


def test_the_feeds_of_a_rack_over_time(technician: FlaskClient) -> None:
    rows = rows_of(technician, f"/energie/equilibre/A01?{JUNE}&pas=day&format=csv")
    assert [(row["Voie A (kWh)"], row["Voie B (kWh)"], row["Part de A"]) for row in rows] == [
        ("14.400", "9.600", "0.6")
    ] * 14
    page = text_of(technician, f"/energie/equilibre/A01?{JUNE}")
    assert "Voie A 201,6 kWh 60,0 % de l’énergie" in page
    assert "Aucune voie mesurée sur cette période." in text_of(technician, f"/energie/equilibre/A02?{JUNE}")
    text_of(technician, "/energie/equilibre/Z99", 404)


def test_headroom_is_the_peak_beside_the_limit(technician: FlaskClient) -> None:
    rows = {(row["Baie"], row["Voie"]): row for row in rows_of(technician, "/energie/reserve/?format=csv")}
    feed, both = rows["A01", "A"], rows["A01", "A+B"]
    names = ("En ce moment (W)", "Pointe de 30 jours (W)", "Limite (W)", "Réserve (W)", "État")
    assert [feed[name] for name in names] == ["600", "600", "2800", "2200", "À l’aise"]
    assert [both[name] for name in names] == ["1000", "1000", "2800", "1800", "À l’aise"]
    assert rows["A02", "A"]["État"] == "Capacité inconnue"
    assert next(iter(rows)) == ("A01", "A+B")  # the least headroom first
    page = text_of(technician, "/energie/reserve/?vue=n1")
    assert "N+1 : les deux voies sur une seule" in page
    assert "1 résultat" in page


def test_without_a_site_meter_the_page_says_how_to_declare_one(technician: FlaskClient) -> None:
    page = text_of(technician, "/energie/pue/")
    assert "Aucun compteur ne mesure le site entier." in page
    assert "dcops meters import" in page


def test_a_pue_is_told_with_what_it_rests_on(technician: FlaskClient, web_parts: Parts) -> None:
    _site_meter(web_parts)
    rows = rows_of(technician, "/energie/pue/?month=2024-06&format=csv")
    june = rows[0]
    assert len(rows) == 12
    assert june["Site (kWh)"] == "522.000"  # 1.5 kW for 14 days and a half
    assert (june["Baies (kWh)"], june["PUE"], june["PUE approché"]) == ("336.000", "", "1.55")
    assert june["État"] == "Incomplet"
    assert june["Couverture du site"] == "1.000"
    assert float(june["Couverture des baies"]) < 1
    may = rows[1]
    assert (may["PUE approché"], may["Couverture des baies"], may["État"]) == ("", "0.000", "Trop peu mesuré")
    page = text_of(technician, "/energie/pue/?month=2024-06")
    assert "aucun des douze mois n’est mesuré en entier" in page


def _site_meter(parts: Parts) -> None:
    start = midnight(date(2024, 5, 1))
    with parts.database.transaction() as tx:
        meter = Meter(name="general", driver="csv", address="", max_w=500_000, start=start,
                      places=[MeterPlace(scope="site", start=start)])  # fmt: skip
        tx.add(meter)
        tx.flush()
        for span in split(Period(start, NOW), "hour"):
            tx.add(EnergyInterval(meter_id=meter.id, start=span.start, end=span.end, wh=1500, flag="ACTUAL",
                                  method="registers", recorded_at=NOW))  # fmt: skip


def test_every_picture_is_found_from_the_energy_page_a_rack_and_a_customer(technician: FlaskClient) -> None:
    index = technician.get("/energie/?month=2024-06").get_data(as_text=True)
    for path in ("courbe", "carte", "equilibre/", "reserve/", "pue/"):
        assert f'href="/energie/{path}' in index
    rack = technician.get(f"/baies/A01?{JUNE}").get_data(as_text=True)
    for path in ("courbe?de=baie:A01", "carte?de=baie:A01", "courbe?de=voie:A:A01", "equilibre/A01?from=2024-06-01"):
        assert f'href="/energie/{path}' in rack, path
    assert "/energie/carte?de=baie:A01&amp;from=2024-06-01&amp;to=2024-06-14" in rack  # the period is kept
    customer = technician.get("/collectivites/albert").get_data(as_text=True)
    assert "/energie/carte?de=collectivite:albert" in customer


def test_a_commune_sees_its_own_pictures_and_no_other(commune: FlaskClient) -> None:
    rows = rows_of(commune, f"/mon-espace/energie/courbe?{JUNE}&pas=month&format=csv")
    assert [row["kWh"] for row in rows] == ["168.000"]
    others = rows_of(commune, f"/mon-espace/energie/courbe?{JUNE}&pas=month&format=csv&de=collectivite:roye")
    assert others == rows
    assert "168,0 kWh" in text_of(commune, f"/mon-espace/energie/carte?{JUNE}&de=collectivite:roye")
    assert "Roye" not in text_of(commune, f"/mon-espace/energie/carte?{JUNE}")
    for path in ("courbe", "carte", "equilibre/", "reserve/", "pue/"):
        assert commune.get(f"/energie/{path}?de=collectivite:roye").status_code == 403
