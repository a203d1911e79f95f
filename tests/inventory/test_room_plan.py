"""The plan of a room shows each rack once where it stands, in words too, and needs no style sheet."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.looks import LEVELS
from inventory.room_plan import Plan, Tile, describe, room_plan, rows_of

SVG = "{http://www.w3.org/2000/svg}"


def tile(name: str, row: str = "1", place: int | None = 1, level: str = "low", **more: str) -> Tile:
    return Tile(name, row, place, level, ("50 %", "21 U libres"), f"{name} : 50 % vendu", **more)


PLAN = Plan(
    "Salle A",
    [
        tile("A01", place=1, link="/baies/A01"),
        tile("A02", place=2, level="over", cage="Cage 1 : Albert"),
        tile("A04", place=4, level="none", cage="Cage 1 : Albert"),
        tile("B01", row="2", place=1, level="high"),
        tile("Z01", row="", place=None, level="unknown"),
    ],
    (("none", "vide"), ("low", "moins de la moitié"), ("high", "pleine")),
)


def parsed(plan: Plan = PLAN, across: int = 0) -> ElementTree.Element:
    return ElementTree.fromstring(room_plan(plan, across))


def boxes(root: ElementTree.Element) -> dict[str, tuple[float, float]]:
    """Where each rack stands, by name."""
    found = {}
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == "room-rack":
            rect, name = group.find(f"{SVG}rect"), group.find(f"{SVG}text")
            assert rect is not None
            assert name is not None
            found[name.text or ""] = (float(rect.get("x") or 0), float(rect.get("y") or 0))
    return found


def test_racks_stand_in_their_rows_and_those_without_a_place_come_last_and_are_said() -> None:
    where = boxes(parsed())
    assert where["A01"][1] == where["A02"][1] == where["A04"][1] < where["B01"][1] < where["Z01"][1]
    assert where["A02"][0] - where["A01"][0] == (where["A04"][0] - where["A02"][0]) / 2  # nothing stands at place 3
    texts = [text.text for text in parsed().iter(f"{SVG}text")]
    assert [text for text in texts if text in ("Rangée 1", "Rangée 2", "Sans emplacement")] == [
        "Rangée 1",
        "Rangée 2",
        "Sans emplacement",
    ]


def test_two_racks_at_one_place_are_both_shown() -> None:
    rows = rows_of([tile("A02"), tile("A01"), tile("A03", place=2)])
    assert [(row, [each.name for each in tiles]) for row, tiles in rows] == [
        ("Rangée 1", ["A01", "A03"]),
        ("", ["A02"]),
    ]


def test_a_narrow_plan_wraps_its_rows_and_its_letters_stay_readable_on_a_phone() -> None:
    wide, narrow = parsed(), parsed(across=3)
    assert boxes(narrow)["A04"][1] > boxes(narrow)["A01"][1]
    assert float(narrow.get("width") or 0) < float(wide.get("width") or 0)
    assert 14 * 316 / float(narrow.get("width") or 0) >= 11  # pixels, where a phone leaves 316 to the drawing


def test_every_level_is_told_by_a_pattern_and_words_beside_its_colour() -> None:
    drawn = room_plan(PLAN)
    root = ElementTree.fromstring(drawn)
    patterns = {element.get("id") for element in root.iter(f"{SVG}pattern")}
    used = {fill[5:-1] for element in root.iter() if (fill := element.get("fill", "")).startswith("url(#")}
    assert used <= patterns
    assert len({look.pattern for look in LEVELS.values() if look.pattern}) == len(patterns)
    assert {"vide", "moins de la moitié", "pleine"} <= {text.text for text in root.iter(f"{SVG}text")}
    assert " style=" not in drawn


def test_each_cage_is_outlined_where_its_racks_stand_together_with_its_holder() -> None:
    names = [text.text for text in parsed().iter(f"{SVG}text") if (text.text or "").startswith("Cage")]
    assert len(names) == 2  # A02 and A04 are apart
    outlines = [rect for rect in parsed().iter(f"{SVG}rect") if rect.get("stroke-dasharray") == "10 5"]
    assert len(outlines) == 2


def test_it_is_described_in_words_and_leads_to_its_racks() -> None:
    root = parsed()
    assert root.get("role") == "group"
    assert [link.get("href") for link in root.iter(f"{SVG}a")] == ["/baies/A01"]
    told = describe(PLAN)
    assert told.startswith("Rangée 1 : A01 : 50 % vendu")
    assert "Sans emplacement : Z01" in told
    assert describe(Plan("Salle", [])) == "Aucune baie."
    assert ElementTree.fromstring(room_plan(Plan("Salle", []))).get("role") == "img"


def test_hostile_names_stay_text_and_unknown_levels_are_refused() -> None:
    root = parsed(Plan("<b>", [tile('"><script>', link='"><x')]))
    assert not list(root.iter(f"{SVG}script"))
    with pytest.raises(ValueError, match="unknown level"):
        room_plan(Plan("Salle", [tile("A01", level="purple")]))


tiles = st.builds(
    lambda name, row, place: tile(f"R{name}", row, place),
    st.integers(0, 9999), st.sampled_from(["", "1", "2"]), st.none() | st.integers(1, 30),
)  # fmt: skip


@given(st.lists(tiles, max_size=25, unique_by=lambda each: each.name), st.integers(0, 6))
def test_every_rack_is_drawn_once_and_none_over_another(found: list[Tile], across: int) -> None:
    where = boxes(parsed(Plan("Salle", found), across))
    assert sorted(where) == sorted(each.name for each in found)
    assert len(set(where.values())) == len(found)
