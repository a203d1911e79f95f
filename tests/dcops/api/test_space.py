"""Where a share can go and booking it, over HTTP: whoever comes second is told whose the space is."""

from __future__ import annotations

from tests.dcops.api.conftest import Api

HALF = {"kind": "half", "customer": "roye", "from": "2024-07-01"}


def test_where_a_half_rack_can_go(world: Api) -> None:
    answer = world.get("/placements?kind=half&power=1000&from=2024-07-01").get_json()
    (place,) = answer["places"]
    assert (place["rack"], place["position"], place["units"]) == ("A01", 2, "U22 à U42")
    assert (place["usable_w"], place["headroom_w"], place["peak_w"]) == (4000, 4000, None)
    assert answer["refused"] == []


def test_why_no_rack_does_is_counted(world: Api) -> None:
    answer = world.get("/placements?kind=full&from=2024-07-01").get_json()
    assert answer["places"] == []
    assert answer["refused"] == [{"reason": "space", "racks": 1, "text": "1 baie sans baie entière libre"}]
    assert world.get("/placements?kind=half&power=4001&from=2024-07-01").get_json()["refused"][0]["reason"] == "power"


def test_a_share_is_booked_once(world: Api) -> None:
    asked = {**HALF, "position": 2, "power_w": 900}
    made = world.get("/racks/A01/shares", method="POST", json=asked)
    assert made.status_code == 201
    assert made.get_json()["first_half_unit"] == 42
    again = world.get("/racks/A01/shares", method="POST", json={**asked, "customer": "albert"})
    assert again.status_code == 409
    assert "U22 à U42 est déjà à Roye depuis le 01/07/2024, réservé par technicien" in again.get_json()["detail"]
    closed = world.get("/placements?kind=half&from=2024-06-20").get_json()
    assert [(place["units"], place["until"]) for place in closed["for_a_time"]] == [("U22 à U42", "2024-07-01")]


def test_a_commune_neither_sees_nor_books_space(world: Api) -> None:
    assert world.get("/placements?kind=half", "abbeville").status_code == 403
    assert world.get("/racks/A01/shares", "abbeville", method="POST", json=HALF).status_code == 403
