"""The front of a rack as an SVG drawing: sold space on the left, documented devices on the right; pure.

Only presentation attributes are used, so that the drawing works inline under a strict content policy and as a
file; a state is told by its pattern and its words, never by its colour alone. It is 400 units wide, so that what
is written in it can be read on a phone without scrolling sideways.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inventory.drawing import FONT, SIZE, cut, line, safe, width, wrapped
from inventory.looks import BAND, FREE, LOOKS, band, patterns
from inventory.racks import Span, gaps, units_text

UNIT, HALF = 28, 14  # of one U, of half a U
TOP, BOTTOM, MARGIN, COLUMN, RAIL, PAD = 64, 76, 2, 182, 32, 6
SOLD_X = MARGIN
DEVICE_X = SOLD_X + COLUMN + RAIL
WIDTH = DEVICE_X + COLUMN + MARGIN
BASELINE = 5  # from the middle of a line of text down to its baseline
LINE = 18
BOLD = ' font-weight="600"'


@dataclass(frozen=True, slots=True)
class Slot:
    """Something in a rack: half units [first, end), a state of ``LOOKS``, a label, and an address to go to.

    ``documented`` is drawn on the right; in ``lane`` 0 or 1 of ``lanes`` where one stands behind another.
    """

    first_half_unit: int
    end_half_unit: int
    state: str
    label: str
    link: str | None = None
    documented: bool = False
    lane: int = 0
    lanes: int = 1

    @property
    def on_the_right(self) -> bool:
        return self.documented or self.state == "occupied"

    @property
    def x(self) -> int:
        """The left of its box."""
        return (DEVICE_X if self.on_the_right else SOLD_X) + self.lane * self.width

    @property
    def width(self) -> int:
        return COLUMN // self.lanes


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where things are drawn, for a rack of that height; ``ident`` begins the ids of its parts."""

    u_height: int
    ident: str

    @property
    def foot(self) -> int:
        return TOP + self.u_height * UNIT

    def y(self, half_unit: int) -> int:
        """The line above the half unit below ``half_unit``: 0 is the foot of the rack."""
        return self.foot - half_unit * HALF


def elevation(rack_name: str, u_height: int, slots: Sequence[Slot]) -> str:
    """The front elevation of a rack, units numbered from the bottom.

    What is sold, reserved or in conflict is drawn on the left, what is documented on the right. Raises
    ValueError for a slot outside the rack or in an unknown state.
    """
    for slot in slots:
        if slot.state not in LOOKS or not 0 <= slot.first_half_unit < slot.end_half_unit <= 2 * u_height:
            raise ValueError(f"slot {slot} does not fit a rack of {u_height} U")
    frame = _Frame(u_height, _ident(rack_name))
    height = frame.foot + BOTTOM
    drawn = sorted(slots, key=lambda slot: (slot.state == "conflict", slot.first_half_unit, slot.label))
    return "\n".join(
        [
            _opening(frame, height, linked=any(slot.link for slot in slots)),
            f'<title id="{frame.ident}-t">Baie {safe(rack_name)}, vue de face</title>',
            f'<desc id="{frame.ident}-d">{safe(describe(u_height, slots))}</desc>',
            patterns(frame.ident, LOOKS.values()),
            '<g aria-hidden="true">',
            f'<rect class="elev-ground" width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            line(WIDTH / 2, 24, cut(f"Baie {rack_name}", WIDTH, bold=True), more=f'{BOLD} font-size="17"'),
            line(SOLD_X + COLUMN / 2, TOP - 12, "Vendu", more=BOLD),
            line(DEVICE_X + COLUMN / 2, TOP - 12, "Documenté", more=BOLD),
            *_column(frame, SOLD_X),
            *_column(frame, DEVICE_X),
            *_numbers(frame),
            *_free(slots, frame),
            *_legend(frame),
            "</g>",
            *(_slot(frame, slot, _visible(slot, slots)) for slot in drawn),
            "</svg>",
        ]
    )


def _ident(rack_name: str) -> str:
    """What begins the ids of a drawing: several may stand on one page."""
    letters = (letter if letter.isascii() and letter.isalnum() else f"-{ord(letter)}-" for letter in safe(rack_name))
    return "elev-" + "".join(letters)


def _opening(frame: _Frame, height: int, linked: bool) -> str:
    """An image to those who hear it; a group when one may go somewhere from its parts."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="{"group" if linked else "img"}" class="elev" '
        f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'aria-labelledby="{frame.ident}-t" aria-describedby="{frame.ident}-d" '
        f'font-family="{FONT}" font-size="{SIZE}">'
    )


def describe(u_height: int, slots: Iterable[Slot]) -> str:
    """The drawing in words, from the bottom up: what a screen reader says."""
    told = [
        f"{units_text(slot.first_half_unit, slot.end_half_unit)} : {slot.label} ({LOOKS[slot.state].word})"
        for slot in sorted(slots, key=lambda slot: (slot.first_half_unit, slot.state, slot.label))
    ]
    return f"{u_height} U, de bas en haut. " + ("; ".join(told) if told else "Entièrement libre") + "."


def _column(frame: _Frame, x: int) -> list[str]:
    """An empty column with a light line between units."""
    lines = "".join(f"M{x} {frame.y(2 * unit)}h{COLUMN}" for unit in range(1, frame.u_height))
    box = f'x="{x}" y="{TOP}" width="{COLUMN}" height="{frame.foot - TOP}"'
    return [
        f'<rect class="elev-free" {box} fill="{FREE.fill}" stroke="#6b7480" stroke-width="1.5" rx="2"/>',
        f'<path class="elev-grid" d="{lines}" stroke="#e4e8ed" fill="none"/>',
    ]


def _numbers(frame: _Frame) -> list[str]:
    """Unit numbers between the two columns, from the bottom."""
    x, down = SOLD_X + COLUMN + RAIL / 2, UNIT / 2 + BASELINE
    return [line(x, frame.y(2 * unit) + down, str(unit), FREE.ink) for unit in range(1, frame.u_height + 1)]


def _free(slots: Sequence[Slot], frame: _Frame) -> list[str]:
    """How much is free, written in the runs of the left column where there is room for it."""
    held = [Span(slot.first_half_unit, slot.end_half_unit) for slot in slots if not slot.on_the_right]
    return [
        line(
            SOLD_X + COLUMN / 2,
            (frame.y(first) + frame.y(end)) / 2 + BASELINE,
            f"libre · {_units(end - first)}",
            FREE.ink,
        )
        for first, end in gaps(held, 2 * frame.u_height)
        if end - first >= 2
    ]


def _units(half_units: int) -> str:
    return f"{half_units // 2}{',5' if half_units % 2 else ''} U"


def _visible(slot: Slot, slots: Iterable[Slot]) -> tuple[int, int]:
    """The longest run of a sold or reserved slot that no conflict covers: its words go there."""
    if slot.state == "conflict" or slot.on_the_right:
        return slot.first_half_unit, slot.end_half_unit
    conflicts = (other for other in slots if other.state == "conflict" and not other.on_the_right)
    over = [Span(other.first_half_unit, other.end_half_unit) for other in conflicts]
    runs = gaps([Span(0, slot.first_half_unit), *over], slot.end_half_unit) or [(0, 0)]
    return max(runs, key=lambda run: run[1] - run[0])


def _slot(frame: _Frame, slot: Slot, words: tuple[int, int]) -> str:
    """A box with its band of pattern on the left, its words, and what they say in full as a tooltip."""
    look = LOOKS[slot.state]
    top, height = frame.y(slot.end_half_unit), (slot.end_half_unit - slot.first_half_unit) * HALF
    told = safe(f"{units_text(slot.first_half_unit, slot.end_half_unit)} : {slot.label} ({look.word})")
    box = f'x="{slot.x + 2}" y="{top + 1}" width="{slot.width - 4}" height="{height - 2}" rx="3"'
    role = "" if slot.link else ' role="img"'
    inside = "".join(
        [
            f'<g class="elev-slot elev-{slot.state}"{role}><title>{told}</title>',
            f'<rect {box} fill="{look.fill}" stroke="{look.stroke}" stroke-width="1.25"/>',
            band(slot.x + 3, top + 2, height - 4, look, frame.ident),
            *_caption(slot.x + 2 + BAND, frame, words, slot),
            "</g>",
        ]
    )
    return f'<a href="{safe(slot.link)}" aria-label="{told}">{inside}</a>' if slot.link else inside


def _caption(x: float, frame: _Frame, run: tuple[int, int], slot: Slot) -> list[str]:
    """The label, with where it is and its state below when there is room; on one line when there is not."""
    height, room = (run[1] - run[0]) * HALF, slot.width - 4 - BAND - 2 * PAD
    if height <= 0:  # a conflict covers it all: its tooltip and the description still say it
        return []
    look, place = LOOKS[slot.state], units_text(slot.first_half_unit, slot.end_half_unit)
    shown = ' text-decoration="underline"' if slot.link else ""
    middle = frame.y(run[1]) + height / 2 + BASELINE
    if height >= 2 * UNIT:
        rows = wrapped(slot.label, room, max(1, (height - 2 * LINE) // LINE), bold=True)
        below = f"{place} · {look.word}"
        first, centre = middle - len(rows) * LINE / 2, x + PAD + room / 2
        return [
            *(line(centre, first + at * LINE, row, look.ink, more=BOLD + shown) for at, row in enumerate(rows)),
            line(centre, first + len(rows) * LINE, below if width(below) <= room else look.word, look.ink),
        ]
    if slot.lanes > 1:  # two stand side by side: there is room for a name only
        return [line(x + PAD, middle, cut(slot.label, room), look.ink, "start", shown)]
    beside = look.word if slot.state in ("reserved", "conflict") else place
    return [
        line(x + PAD, middle, cut(slot.label, room - PAD - width(beside)), look.ink, "start", shown),
        line(x + PAD + room, middle, beside, look.ink, "end"),
    ]


def _legend(frame: _Frame) -> list[str]:
    """Each state with its pattern and its word, three to a row."""
    drawn, step = [], (WIDTH - 2 * MARGIN) / 3
    for number, look in enumerate([*LOOKS.values(), FREE]):
        x, y = MARGIN + 8 + number % 3 * step, frame.foot + 18 + number // 3 * 26
        drawn.append(
            f'<rect x="{x:g}" y="{y}" width="28" height="16" rx="2" fill="{look.fill}" stroke="{look.stroke}"/>'
            + (band(x + 1, y + 1, 14, look, frame.ident) if look.pattern else "")
            + line(x + 36, y + 8 + BASELINE, look.word, anchor="start")
        )
    return drawn
