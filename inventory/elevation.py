"""The front of a rack as an SVG drawing: sold space on the left, documented devices on the right; pure.

Only presentation attributes are used, so that the drawing works inline under a strict content policy and as a
file; a state is told by its pattern and its words, never by its colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from inventory.racks import Span, free_runs, units_text

UNIT, HALF = 18, 9  # pixels of one U, of half a U
TOP, GUTTER, COLUMN, GAP, BOTTOM, BAND = 56, 40, 240, 14, 58, 10
FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is drawn: fill, stroke, text colour, the pattern of its band, and its French word."""

    fill: str
    stroke: str
    ink: str
    pattern: str
    word: str


LOOKS = {
    "sold": Look("#dbe9f8", "#1f5f9e", "#0c2d4d", "bars", "vendu"),
    "reserved": Look("#fff3d1", "#8a6100", "#4d3600", "dots", "réservé"),
    "occupied": Look("#e3e5e8", "#4b5563", "#1f2937", "rails", "occupé"),
    "conflict": Look("#fbdcd9", "#a61b0f", "#5c0f08", "stripes", "en conflit"),
}
FREE = Look("#fafbfc", "#c3cad3", "#5b6470", "", "libre")


@dataclass(frozen=True, slots=True)
class Slot:
    """Something in a rack: half units [first, end), a state of ``LOOKS``, a label, and an address to go to."""

    first_half_unit: int
    end_half_unit: int
    state: str
    label: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where things are drawn, for a rack of that height."""

    u_height: int

    @property
    def foot(self) -> int:
        return TOP + self.u_height * UNIT

    def y(self, half_unit: int) -> int:
        """The line above the half unit below ``half_unit``: 0 is the foot of the rack."""
        return self.foot - half_unit * HALF


SOLD_X = GUTTER
DEVICE_X = GUTTER + COLUMN + GAP
WIDTH = DEVICE_X + COLUMN + GUTTER


def elevation(rack_name: str, u_height: int, slots: Sequence[Slot]) -> str:
    """The front elevation of a rack, units numbered from the bottom.

    ``sold``, ``reserved`` and ``conflict`` slots are drawn on the left, ``occupied`` ones on the right. Raises
    ValueError for a slot outside the rack or in an unknown state.
    """
    for slot in slots:
        if slot.state not in LOOKS or not 0 <= slot.first_half_unit < slot.end_half_unit <= 2 * u_height:
            raise ValueError(f"slot {slot} does not fit a rack of {u_height} U")
    frame, name = _Frame(u_height), _words(rack_name)
    ident = "elev-" + "".join(
        letter if letter.isascii() and letter.isalnum() else f"-{ord(letter)}-" for letter in name
    )
    height = frame.foot + BOTTOM
    drawn = sorted(slots, key=lambda slot: (slot.state == "conflict", slot.first_half_unit, slot.label))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="elev" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" aria-labelledby="{ident}-t {ident}-d" '
            f'font-family="{FONT}" font-size="11">',
            f'<title id="{ident}-t">Baie {name}, vue de face</title>',
            f'<desc id="{ident}-d">{_words(describe(u_height, slots))}</desc>',
            _patterns(ident),
            f'<rect class="elev-ground" width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            _text(WIDTH / 2, 22, f"Baie {name}", size=15, weight="600"),
            _text(SOLD_X + COLUMN / 2, TOP - 14, "Vendu"),
            _text(DEVICE_X + COLUMN / 2, TOP - 14, "Documenté"),
            *_column(frame, SOLD_X),
            *_column(frame, DEVICE_X),
            *_numbers(frame),
            *_free(slots, frame),
            *(_slot(frame, slot, _visible(slot, slots), ident) for slot in drawn),
            *_legend(frame, ident),
            "</svg>",
        ]
    )


def describe(u_height: int, slots: Iterable[Slot]) -> str:
    """The drawing in words, from the bottom up: what a screen reader says."""
    told = [
        f"{units_text(slot.first_half_unit, slot.end_half_unit)} : {slot.label} ({LOOKS[slot.state].word})"
        for slot in sorted(slots, key=lambda slot: (slot.first_half_unit, slot.state, slot.label))
    ]
    return f"{u_height} U, de bas en haut. " + ("; ".join(told) if told else "Entièrement libre") + "."


def _patterns(ident: str) -> str:
    shapes = {
        "bars": '<path d="M2 0V8M6 0V8" stroke="#1f5f9e" stroke-width="1.5"/>',
        "dots": '<circle cx="3" cy="3" r="1.8" fill="#8a6100"/>',
        "rails": '<path d="M0 4H8" stroke="#4b5563" stroke-width="2"/>',
        "stripes": '<path d="M-2 2L2 -2M0 8L8 0M6 10L10 6" stroke="#a61b0f" stroke-width="2"/>',
    }
    made = (
        f'<pattern id="{ident}-{name}" width="8" height="8" patternUnits="userSpaceOnUse">{shape}</pattern>'
        for name, shape in shapes.items()
    )
    return f"<defs>{''.join(made)}</defs>"


def _text(x: float, y: float, words: str, size: int = 11, ink: str = "#1f2937", weight: str = "400") -> str:
    """Centred text; ``words`` are already escaped."""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="middle" font-size="{size}" font-weight="{weight}" fill="{ink}">'
        f"{words}</text>"
    )


def _column(frame: _Frame, x: int) -> list[str]:
    """An empty column with a light line between units."""
    lines = "".join(f"M{x} {frame.y(2 * unit)}h{COLUMN}" for unit in range(1, frame.u_height))
    box = f'x="{x}" y="{TOP}" width="{COLUMN}" height="{frame.foot - TOP}"'
    return [
        f'<rect class="elev-free" {box} fill="{FREE.fill}" stroke="#6b7480" stroke-width="1.5" rx="2"/>',
        f'<path class="elev-grid" d="{lines}" stroke="#e4e8ed" fill="none"/>',
    ]


def _numbers(frame: _Frame) -> list[str]:
    """Unit numbers on both sides, from the bottom."""
    return [
        _text(x, frame.y(2 * unit) + UNIT - 5, str(unit), size=9, ink=FREE.ink)
        for unit in range(1, frame.u_height + 1)
        for x in (GUTTER / 2, WIDTH - GUTTER / 2)
    ]


def _free(slots: Sequence[Slot], frame: _Frame) -> list[str]:
    """How much is free, written in the runs of the left column where there is room for it."""
    held = [Span(slot.first_half_unit, slot.end_half_unit) for slot in slots if slot.state != "occupied"]
    return [
        _text(
            SOLD_X + COLUMN / 2, (frame.y(first) + frame.y(end)) / 2 + 4, f"libre · {_units(end - first)}", ink=FREE.ink
        )
        for first, end in free_runs(held, frame.u_height, date.min)
        if end - first >= 2
    ]


def _units(half_units: int) -> str:
    return f"{half_units // 2}{',5' if half_units % 2 else ''} U"


def _visible(slot: Slot, slots: Iterable[Slot]) -> tuple[int, int]:
    """The longest run of a sold or reserved slot that no conflict covers: its words go there."""
    if slot.state in ("conflict", "occupied"):
        return slot.first_half_unit, slot.end_half_unit
    over = [Span(other.first_half_unit, other.end_half_unit) for other in slots if other.state == "conflict"]
    below = Span(0, slot.first_half_unit)
    runs = [
        (first, min(end, slot.end_half_unit)) for first, end in free_runs([below, *over], slot.end_half_unit, date.min)
    ]
    return max(runs, key=lambda run: run[1] - run[0])


def _slot(frame: _Frame, slot: Slot, words: tuple[int, int], ident: str) -> str:
    """A box with its band of pattern on the left, its words, and what they say in full as a tooltip."""
    look = LOOKS[slot.state]
    x = DEVICE_X if slot.state == "occupied" else SOLD_X
    top, height = frame.y(slot.end_half_unit), (slot.end_half_unit - slot.first_half_unit) * HALF
    place = units_text(slot.first_half_unit, slot.end_half_unit)
    inside = "".join(
        [
            f'<g class="elev-slot elev-{slot.state}">',
            f"<title>{_words(f'{place} : {slot.label} ({look.word})')}</title>",
            f'<rect x="{x + 2}" y="{top + 1}" width="{COLUMN - 4}" height="{height - 2}" rx="3" '
            f'fill="{look.fill}" stroke="{look.stroke}" stroke-width="1.25"/>',
            _band(x + 3, top + 2, height - 4, look, ident),
            *_caption(x + (COLUMN + BAND) / 2, frame, words, f"{place} · {look.word}", slot.label, look.ink),
            "</g>",
        ]
    )
    return f'<a href="{_words(slot.link)}">{inside}</a>' if slot.link else inside


def _band(x: float, y: float, height: float, look: Look, ident: str) -> str:
    box = f'x="{x:g}" y="{y:g}" width="{BAND}" height="{height:g}" rx="2"'
    pattern = f'<rect {box} fill="url(#{ident}-{look.pattern})"/>'
    return f'<rect {box} fill="{look.stroke}" fill-opacity="0.28"/>{pattern}'


def _caption(x: float, frame: _Frame, run: tuple[int, int], below: str, label: str, ink: str) -> list[str]:
    """The label, and what it is below it when there is room; on one line when there is not."""
    height = (run[1] - run[0]) * HALF
    middle = frame.y(run[1]) + height / 2
    if height <= 0:  # a conflict covers it all: its tooltip and the description still say it
        return []
    if height >= 2 * UNIT:
        return [
            _text(x, middle - 2, _words(_cut(label, 28)), 12, ink, "600"),
            _text(x, middle + 12, _words(below), 10, ink),
        ]
    size, word = 11 if height >= UNIT else 8, below.rsplit(" · ", 1)[1]
    return [_text(x, middle + size / 2 - 1.5, _words(f"{_cut(label, 32 - len(word))} · {word}"), size, ink)]


def _words(text: str) -> str:
    """Text that is safe in the drawing: escaped, and without what XML forbids."""
    return escape("".join(letter if letter.isprintable() else " " for letter in text))


def _cut(words: str, length: int) -> str:
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


def _legend(frame: _Frame, ident: str) -> list[str]:
    """Each state with its pattern and its word."""
    y, drawn = frame.foot + 24, []
    step = (WIDTH - 2 * GUTTER) / (len(LOOKS) + 1)
    for number, look in enumerate([*LOOKS.values(), FREE]):
        x = GUTTER + number * step
        drawn.append(
            f'<rect x="{x:g}" y="{y}" width="28" height="14" rx="2" fill="{look.fill}" stroke="{look.stroke}"/>'
            + (_band(x + 1, y + 1, 12, look, ident) if look.pattern else "")
            + f'<text x="{x + 34:g}" y="{y + 11}" fill="#1f2937">{look.word}</text>'
        )
    return drawn
