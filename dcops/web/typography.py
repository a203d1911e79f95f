"""French typography of the pages: apostrophes, and spaces where no line may break; in the text, never in a tag."""

from __future__ import annotations

import re

from flask import Flask, Response

from inventory import french

_VERBATIM = "script|style|code|pre|textarea"
_PARTS = re.compile(rf"(<({_VERBATIM})\b.*?</\2\s*>|<[^>]*>)|[^<]+", re.DOTALL)


def typeset(page: str) -> str:
    """A page of HTML with the text between its tags set as French printing wants; code and fields stay as they are."""
    return _PARTS.sub(lambda part: part[0] if part[1] else french.typeset(part[0]), page)


def register(app: Flask) -> None:
    """Typeset every page of HTML; files, data and the API stay as they are."""

    @app.after_request
    def _typeset(response: Response) -> Response:
        if response.mimetype == "text/html" and not response.direct_passthrough:
            response.set_data(typeset(response.get_data(as_text=True)))
        return response
