"""French typography of the pages: apostrophes, and spaces where no line may break; in the text, never in a tag."""

from __future__ import annotations

import re

from flask import Flask, Response

NO_BREAK, NARROW = "\u00a0", "\u202f"

_VERBATIM = "script|style|code|pre|textarea"
_PARTS = re.compile(rf"(<({_VERBATIM})\b.*?</\2\s*>|<[^>]*>)|[^<]+", re.DOTALL)
_APOSTROPHE = re.compile(r"(?<=\w)(?:'|&#39;|&#x27;)(?=\w)")
_BEFORE = re.compile(r"(?<!\s) (?=[:;?!»](?!\w))")
_AFTER_GUILLEMET = re.compile("« ")
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:€|%|[km]?Wh?|Go|Mo|To|vCPU|U|VA)(?:\W|$))")


def typeset(page: str) -> str:
    """A page of HTML with the text between its tags set as French printing wants; code and fields stay as they are."""
    return _PARTS.sub(lambda part: part[0] if part[1] else _set(part[0]), page)


def _set(text: str) -> str:
    text = _APOSTROPHE.sub("’", text)
    text = _BEFORE.sub(lambda space: NO_BREAK if space.string[space.end()] in ":»" else NARROW, text)
    text = _AFTER_GUILLEMET.sub(f"«{NO_BREAK}", text)
    return _BEFORE_UNIT.sub(NO_BREAK, text)


def register(app: Flask) -> None:
    """Typeset every page of HTML; files, data and the API stay as they are."""

    @app.after_request
    def _typeset(response: Response) -> Response:
        if response.mimetype == "text/html" and not response.direct_passthrough:
            response.set_data(typeset(response.get_data(as_text=True)))
        return response
