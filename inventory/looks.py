"""How states of space and levels of racks are drawn: colours, patterns and French words; pure."""

from __future__ import annotations

from collections.abc import Iterable
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
LEVELS = {
    "unknown": Look("#ffffff", "#5b6470", "#374151", "", "inconnu"),
    "none": Look("#f3f6f9", "#7b8794", "#374151", "", "rien"),
    "low": Look("#dff1e4", "#1f7a3d", "#0d3d1d", "dots", "peu"),
    "medium": Look("#dbe9f8", "#1f5f9e", "#0c2d4d", "bars", "moyen"),
    "high": Look("#fff3d1", "#8a6100", "#4d3600", "rails", "beaucoup"),
    "over": Look("#fbdcd9", "#a61b0f", "#5c0f08", "stripes", "trop"),
}
"""How much of something a rack tells, from nothing to too much."""


_SHAPES = {
    "bars": '<path d="M2 0V8M6 0V8" stroke="{ink}" stroke-width="1.5"/>',
    "dots": '<circle cx="3" cy="3" r="1.8" fill="{ink}"/>',
    "rails": '<path d="M0 4H8" stroke="{ink}" stroke-width="2"/>',
    "stripes": '<path d="M-2 2L2 -2M0 8L8 0M6 10L10 6" stroke="{ink}" stroke-width="2"/>',
}


def patterns(ident: str, looks: Iterable[Look]) -> str:
    """The definitions of the patterns of looks; ``ident`` begins their ids."""
    made = (
        f'<pattern id="{ident}-{look.pattern}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f"{_SHAPES[look.pattern].format(ink=look.stroke)}</pattern>"
        for look in looks
        if look.pattern
    )
    return f"<defs>{''.join(made)}</defs>"


def band(x: float, y: float, height: float, look: Look, ident: str) -> str:
    """The band of pattern that tells a state, at a place of the drawing."""
    box = f'x="{x:g}" y="{y:g}" width="{BAND}" height="{height:g}" rx="2"'
    pattern = f'<rect {box} fill="url(#{ident}-{look.pattern})"/>'
    return f'<rect {box} fill="{look.stroke}" fill-opacity="0.28"/>{pattern}'
