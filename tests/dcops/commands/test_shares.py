"""Space from a terminal: a place is found, booked, ended, taken back; cages; drawings in files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from dcops.cli import cli
from dcops.wiring import Parts
from inventory.errors import Conflict, Invalid, NotFound
from tests.inventory.space_world import CAGED, fill


@pytest.fixture
def space(parts: Parts) -> Parts:
    with parts.database.transaction() as tx:
        fill(tx)
    return parts


def run(parts: Parts, *args: object) -> Result:
    return CliRunner().invoke(cli, [str(arg) for arg in args], obj=parts)


def document(parts: Parts, *args: object) -> Any:
    result = run(parts, *args, "--json")
    assert result.exception is None, result.output
    return json.loads(result.stdout)


FIND = ("racks", "find", "--kind", "half", "--power", 2000, "--from", "2026-03-01")
BOOK = ("shares", "book", "A06", "--kind", "half", "--position", 2, "--customer", "roye", "--from", "2026-03-01")


def test_a_place_is_found_booked_and_then_closed(space: Parts) -> None:
    found = document(space, *FIND)
    assert (found["places"][0]["rack"], found["places"][0]["position"]) == ("A06", 2)
    assert len(found["places"]) == 7
    tried = document(space, *BOOK, "--power", 1500, "--dry-run")
    assert (tried["dry_run"], tried["units"]) == (True, "U22 à U42")
    made = document(space, *BOOK, "--power", 1500, "--author", "Camille")
    assert (made["power_w"], made["customer"], made["from"]) == (1500, "roye", "2026-03-01")
    again = run(space, *BOOK)
    assert isinstance(again.exception, Conflict)
    assert "réservé par Camille" in str(again.exception)
    left = document(space, *FIND)
    assert "A06" not in {place["rack"] for place in left["places"]}
    assert left["refused"] == [{"reason": "space", "racks": 1, "text": "1 baie sans 1/2 baie libre"}]
    assert "1 baie sans 1/2 baie libre." in run(space, *FIND).stdout
    room = document(space, *FIND, "--room", "Salle B", "--to", "2026-04-01")
    assert [place["rack"] for place in room["places"]] == ["B01"]


def test_an_end_is_set_and_what_has_not_begun_is_taken_back(space: Parts) -> None:
    made = document(space, *BOOK)
    ended = document(space, "shares", "end", made["id"], "--to", "2026-06-01", "--reason", "Départ")
    assert ended["to"] == "2026-06-01"
    assert document(space, "shares", "end", made["id"])["to"] is None
    assert document(space, "shares", "cancel", made["id"]) == {"cancelled": made["id"]}
    assert isinstance(run(space, "shares", "cancel", made["id"]).exception, NotFound)
    assert isinstance(run(space, "shares", "cancel", 1).exception, Conflict)
    assert len(document(space, "shares", "list")) == 1


def test_a_cage_is_booked_with_its_subscription_listed_and_ended(space: Parts) -> None:
    racks = [word for name in CAGED for word in ("--rack", name)]
    cage = ("shares", "cage", "Cage 1", *racks, "--customer", "roye", "--from", "2026-03-01")
    assert "sans prix convenu" in run(space, *cage, "--dry-run").stdout
    made = document(space, *cage, "--agreed-price", "42000")
    assert (made["racks"], made["subscription"]) == (list(CAGED), 1)
    assert document(space, "shares", "cages")[0]["name"] == "Cage 1"
    assert document(space, "shares", "end-cage", made["id"], "--to", "2027-03-01")["to"] == "2027-03-01"
    terms = document(space, "subscriptions", "show", 1)["terms"]
    assert terms[-1]["to"] == "2027-03-01"
    too_few = run(space, "shares", "cage", "Cage 2", *racks[:8], "--customer", "roye", "--from", "2026-04-01")
    assert isinstance(too_few.exception, Invalid)


@pytest.mark.parametrize("colour", ["occupancy", "power", "findings"])
def test_a_room_is_shown_and_drawn_in_a_file(space: Parts, tmp_path: Path, colour: str) -> None:
    svg = tmp_path / "room.svg"
    shown = document(space, "rooms", "show", "Salle A", "--svg", svg, "--by", colour)
    assert [rack["name"] for rack in shown["racks"]] == [*CAGED, "A06"]
    assert shown["racks"][-1]["half_units"] == {"total": 84, "used": 42, "free": 42, "largest_free": 42}
    assert ElementTree.parse(svg).getroot().get("class") == "room-plan"
    assert "A06" in run(space, "rooms", "show", "Salle A").stdout
    assert isinstance(run(space, "rooms", "show", "Salle Z").exception, NotFound)
