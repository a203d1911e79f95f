"""DejaVu as a PDF embeds it: cut once per process to the letters that French documents use."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
LETTERS = (range(0x20, 0x180), range(0x218, 0x21C), range(0x2010, 0x2040), (0x2122, 0x202F, 0x20AC, 0x2192, 0x2212))
KNOWN = frozenset(letter for letters in LETTERS for letter in letters)
UNUSED = ["FFTM", "GDEF", "GPOS", "GSUB", "MATH", "kern"]
"""Tables that PDF has no use for."""


def covers(text: str) -> bool:
    """Whether the cut fonts have all letters of a text."""
    return KNOWN.issuperset(map(ord, text))


def whole(style: str) -> Path:
    """The file of a style, with every letter it knows: slow to open."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / FILES[style]


@cache
def cut(style: str) -> bytes:
    """The font of a style with the known letters only: opening it takes a tenth of the time."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(notdef_outline=True, recommended_glyphs=True, hinting=False)
    options.drop_tables += UNUSED
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=KNOWN)
    with TTFont(whole(style), recalcTimestamp=False, lazy=True) as font:
        cutter.subset(font)
        made = io.BytesIO()
        font.save(made)
    return made.getvalue()
