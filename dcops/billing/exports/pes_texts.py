"""Texts as PES files hold them: in Latin-1, on one line, cut between words, never one that the schema refuses; pure."""

from __future__ import annotations

import textwrap
import unicodedata

_SPELLED = {
    "’": "'", "‘": "'", "ʼ": "'", "′": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "″": '"', "‹": "<", "›": ">",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "⁄": "/", "…": "...", "•": "-",
    "œ": "oe", "Œ": "OE", "€": "EUR", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i",
}  # fmt: skip


def usable(text: str) -> bool:
    """Whether the schema takes a text on one line: not empty, not a dot alone, not « nc », not only zeros."""
    return text not in {"", " ", ".", "nc"} and bool(text.strip("0"))


def fit(text: str | None, length: int) -> str:
    """A text of at most so many characters; empty where nothing of it is usable."""
    return next(iter(pieces(text, length)), "")


def pieces(text: str | None, length: int) -> list[str]:
    """A text as lines of at most so many characters, cut between words where it can be; unusable lines left out."""
    return [each for each in textwrap.wrap(latin(text or ""), length, break_on_hyphens=False) if usable(each)]


def latin(text: str) -> str:
    """A text of Latin-1 characters on one line: others as a French hand would spell them, « ? » for what is left."""
    return " ".join("".join(map(_spelled, unicodedata.normalize("NFC", text))).split())


def _spelled(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character).startswith("C"):
        return ""
    if ord(character) < 256:
        return character
    return _SPELLED.get(character) or _without_marks(character)


def _without_marks(character: str) -> str:
    """The letter under an accent that Latin-1 lacks (``ő`` is ``o``), or the letters in one (``ﬁ`` is ``fi``)."""
    if unicodedata.category(character).startswith("M"):
        return ""
    parts = (_SPELLED.get(part, part) for part in unicodedata.normalize("NFKD", character))
    return "".join(part for part in parts if part.isascii()) or "?"
