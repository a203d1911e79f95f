"""How the states of the space of a rack are drawn: colours, patterns and French words; pure."""

from __future__ import annotations

from dataclasses import dataclass

BAND = 8  # the width of the band of pattern that begins a box


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


def patterns(ident: str) -> str:
    """The definitions of the patterns; ``ident`` begins their ids."""
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


def band(x: float, y: float, height: float, look: Look, ident: str) -> str:
    """The band of pattern that tells a state, at a place of the drawing."""
    box = f'x="{x:g}" y="{y:g}" width="{BAND}" height="{height:g}" rx="2"'
    pattern = f'<rect {box} fill="url(#{ident}-{look.pattern})"/>'
    return f'<rect {box} fill="{look.stroke}" fill-opacity="0.28"/>{pattern}'
