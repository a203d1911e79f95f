"""Words in an SVG drawing: what is safe to write there, how wide it will be, where it must be cut; pure.

A drawing knows no font: widths are those of DejaVu Sans, the widest of the usual ones, so that nothing overflows.
"""

from __future__ import annotations

from html import escape

SIZE = 14
"""The one size of what is written: 11 px or more on a screen down to 320 px wide."""
FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
INK = "#1f2937"
_NARROW = dict.fromkeys("iljIJ.,:;'’·|! ", 0.32)
_SLIM = dict.fromkeys('frt-()/"', 0.42)
_MEDIUM = dict.fromkeys("cksvxyz", 0.6)
_WIDE = dict.fromkeys("mwMW%@—…½", 1.0)
_EMS = _NARROW | _SLIM | _MEDIUM | _WIDE
_CAPITAL, _OTHER, _BOLDER = 0.78, 0.64, 1.14


def safe(text: str) -> str:
    """Text that is safe in the drawing: escaped, and without what XML forbids."""
    return escape("".join(letter if letter.isprintable() else " " for letter in text))


def width(text: str, bold: bool = False) -> float:
    """How wide a text will be at most, in units of the drawing."""
    ems = sum(_EMS.get(letter, _CAPITAL if letter.isupper() else _OTHER) for letter in text)
    return ems * SIZE * (_BOLDER if bold else 1)


def cut(text: str, room: float, bold: bool = False) -> str:
    """The text, or its beginning and its end around an ellipsis where there is no room for all of it.

    What tells the machines of one customer apart stands at the end of their names.
    """
    shown, kept = text, len(text)
    while kept and width(shown, bold) > room:
        kept -= 1
        shown = f"{text[: (kept + 1) // 2].rstrip()}…{text[len(text) - kept // 2 :].lstrip()}"
    return shown


def wrapped(text: str, room: float, rows: int, bold: bool = False) -> list[str]:
    """The text in at most so many rows, words kept whole where they fit."""
    found: list[str] = []
    for word in text.split():
        if found and (width(f"{found[-1]} {word}", bold) <= room or len(found) == rows):
            found[-1] += f" {word}"
        else:
            found.append(word)
    return [cut(row, room, bold) for row in found]


def line(x: float, y: float, text: str, ink: str = INK, anchor: str = "middle", more: str = "") -> str:
    """One line of text, its baseline at ``y``; ``more`` attributes as SVG writes them."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{ink}"{more}>{safe(text)}</text>'
