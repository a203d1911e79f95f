"""The drawing of a rack is well-formed, says in words what it shows, and needs no style sheet."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.drawing import cut, width, wrapped
from inventory.elevation import Slot, describe, elevation

SVG = "{http://www.w3.org/2000/svg}"
SLOTS = [
    Slot(0, 42, "sold", "Ville d'Abbeville", "/baies/A01/parts/1"),
    Slot(42, 63, "sold", "Péronne & <associés>"),
    Slot(63, 64, "reserved", "Extension"),
    Slot(40, 44, "conflict", "Réservé à Amiens"),
    Slot(0, 4, "occupied", "srv-abbeville-01"),
]


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_it_is_named_and_described() -> None:
    root = ElementTree.fromstring(elevation("A01", 42, SLOTS))
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text == "Baie A01, vue de face"
    assert description is not None
    assert "U1 à U21 : Ville d'Abbeville (vendu)" in (description.text or "")
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == (title.get("id"), description.get("id"))


def test_it_is_an_image_and_a_group_of_named_parts_when_one_leads_somewhere() -> None:
    assert ElementTree.fromstring(elevation("A01", 42, SLOTS[1:])).get("role") == "img"
    root = ElementTree.fromstring(elevation("A01", 42, SLOTS))
    assert root.get("role") == "group"
    assert [link.get("aria-label") for link in root.iter(f"{SVG}a")] == ["U1 à U21 : Ville d'Abbeville (vendu)"]
    slots = [group for group in root.iter(f"{SVG}g") if "elev-slot" in group.get("class", "")]
    assert [group.get("role") for group in slots].count("img") == len(SLOTS) - 1
    hidden = next(group for group in root.iter(f"{SVG}g") if group.get("aria-hidden") == "true")
    assert "42" in texts(hidden)


def test_it_is_narrow_enough_for_its_letters_to_be_read_on_a_phone() -> None:
    root = ElementTree.fromstring(elevation("A01", 42, SLOTS))
    sizes = [float(root.get("font-size") or 0), *(float(text.get("font-size") or 14) for text in root.iter())]
    assert min(sizes) * 316 / float(root.get("width") or 0) >= 11  # pixels, where a phone leaves 316 to the drawing


def test_a_small_device_is_named_beside_its_unit_and_a_larger_one_above_its_units() -> None:
    slots = [Slot(18, 20, "occupied", "srv-1"), Slot(20, 24, "occupied", "srv-2"), Slot(2, 4, "conflict", "autre")]
    said = texts(ElementTree.fromstring(elevation("A01", 42, slots)))
    for words in (("srv-1", "U10"), ("srv-2", "U11 à U12 · occupé"), ("autre", "en conflit")):
        assert said[said.index(words[0]) + 1] == words[1]


def test_what_is_too_long_is_cut_or_wrapped_and_said_in_full_as_a_tooltip() -> None:
    name, reason = "cc-ponthieu-marquenterre-srv1", "Réservé pour l'extension de Montdidier"
    slots = [Slot(0, 2, "occupied", name), Slot(0, 10, "reserved", reason)]
    root = ElementTree.fromstring(elevation("A01", 42, slots))
    (shown,) = [words for words in texts(root) if "…" in words]
    assert shown.startswith("cc-")
    assert shown.endswith("srv1")
    assert reason in " ".join(texts(root))
    tooltips = [title.text for title in root.iter(f"{SVG}title")]
    assert {f"U1 : {name} (occupé)", f"U1 à U5 : {reason} (réservé)"} <= set(tooltips)


labels = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
rooms = st.integers(40, 160)


@given(labels, rooms, st.booleans())
def test_what_is_cut_fits_and_what_fits_is_not_cut(text: str, room: int, bold: bool) -> None:
    shown = cut(text, room, bold)
    assert width(shown, bold) <= room
    assert (shown == text) == (width(text, bold) <= room)


@given(labels, rooms, st.integers(1, 4))
def test_rows_fit_and_lose_no_word_that_fits(text: str, room: int, most: int) -> None:
    rows = wrapped(text, room, most)
    assert len(rows) <= most
    assert all(width(row) <= room for row in rows)
    assert "…" in "".join(rows) or " ".join(rows) == " ".join(text.split())


def test_every_slot_says_its_label_and_its_state_in_words() -> None:
    root = ElementTree.fromstring(elevation("A01", 42, SLOTS))
    said = texts(root)
    assert "Ville d'Abbeville" in said
    assert "U1 à U21 · vendu" in said
    assert "Péronne & <associés>" in " ".join(said)
    assert {"vendu", "réservé", "occupé", "en conflit", "libre"} <= set(said)
    assert "libre · 10 U" in said
    tooltips = [title.text for title in root.iter(f"{SVG}title")]
    assert "U1 à U2 : srv-abbeville-01 (occupé)" in tooltips


def test_units_are_numbered_from_the_bottom() -> None:
    root = ElementTree.fromstring(elevation("A01", 42, []))
    heights = {
        int(text.text or 0): float(text.get("y") or 0)
        for text in root.iter(f"{SVG}text")
        if (text.text or "").isdigit()
    }
    assert sorted(heights) == list(range(1, 43))
    assert heights[1] > heights[2] > heights[42]


def test_sold_is_on_the_left_and_documented_on_the_right() -> None:
    root = ElementTree.fromstring(elevation("A01", 42, SLOTS))
    left = {}
    for group in root.iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        assert rect is not None
        left[group.get("class")] = float(rect.get("x") or 0)
    assert left["elev-slot elev-occupied"] > left["elev-slot elev-sold"]
    assert left["elev-slot elev-sold"] == left["elev-slot elev-reserved"] == left["elev-slot elev-conflict"]


def test_it_needs_neither_style_nor_script_and_each_pattern_exists() -> None:
    drawing = elevation("Baie n° 1", 47, SLOTS)
    root = ElementTree.fromstring(drawing)
    assert not [element for element in root.iter() if "style" in element.attrib or element.tag in (f"{SVG}style",)]
    patterns = {element.get("id") for element in root.iter(f"{SVG}pattern")}
    used = {fill[5:-1] for element in root.iter() if (fill := element.get("fill", "")).startswith("url(#")}
    assert used == patterns


def test_a_link_surrounds_its_slot() -> None:
    root = ElementTree.fromstring(elevation("A01", 42, SLOTS))
    assert [link.get("href") for link in root.iter(f"{SVG}a")] == ["/baies/A01/parts/1"]


def test_hostile_names_stay_text() -> None:
    drawing = elevation('<script>"&', 10, [Slot(0, 2, "sold", "</text><script>\x00", '"><x')])
    root = ElementTree.fromstring(drawing)
    assert not list(root.iter(f"{SVG}script"))
    assert next(root.iter(f"{SVG}a")).get("href") == '"><x'


@pytest.mark.parametrize(
    "slot", [Slot(0, 21, "sold", "x"), Slot(-1, 2, "sold", "x"), Slot(4, 4, "sold", "x"), Slot(0, 2, "free", "x")]
)
def test_what_does_not_fit_is_refused(slot: Slot) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        elevation("A01", 10, [slot])


def test_an_empty_rack_is_said_to_be_free() -> None:
    assert describe(42, []) == "42 U, de bas en haut. Entièrement libre."
