"""A document as one HTML file: it needs no other file, is read by any browser, and prints on A4."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from dcops.billing.document import Document
from dcops.billing.exports.wording import worded

if TYPE_CHECKING:
    from jinja2 import Template


def render(document: Document) -> bytes:
    """The page, the same bytes each time."""
    return _template().render(words=worded(document), style=_style()).encode()


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(str(files("dcops.templates"))), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    return environment.get_template("print/invoice.html")


@cache
def _style() -> str:
    """The style sheet, put in the page as it is: it is ours, and has no ``</style>``."""
    from markupsafe import Markup

    return Markup((files("dcops") / "static" / "print.css").read_text(encoding="utf-8"))  # noqa: S704
