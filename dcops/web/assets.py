"""Front-end files: ours with the digest of their content in the address, others' served from their packages."""

from __future__ import annotations

import gzip
import re
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from io import BytesIO
from typing import Any

from flask import Blueprint, Flask, Response, request, send_file

from dcops.web.access import public

blueprint = Blueprint("assets", __name__)
_BUNDLE = files("plotly") / "package_data" / "plotly.min.js"


def register(app: Flask) -> None:
    """Put the digest of a file, or the version of its package, in its address: browsers keep it, never an old one."""
    app.register_blueprint(blueprint)

    @app.url_defaults
    def _add_digest(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            values["v"] = _digest(values["filename"])
        elif endpoint == "assets.plotly":
            values["v"] = version("plotly")


@blueprint.get("/assets/plotly.min.js")
@public
def plotly() -> Response:
    """Plotly's browser bundle, as shipped in its Python package; a third of its bytes for who takes gzip."""
    packed = bool(request.accept_encodings["gzip"])
    content = _packed() if packed else _BUNDLE.read_bytes()
    etag = f"{version('plotly')}-gzip" if packed else version("plotly")
    answer = send_file(BytesIO(content), mimetype="text/javascript", max_age=365 * 24 * 3600, etag=etag)
    answer.vary.add("Accept-Encoding")
    if packed:
        answer.content_encoding = "gzip"
    return answer


@cache
def _packed() -> bytes:
    return gzip.compress(_BUNDLE.read_bytes(), mtime=0)


@cache
def _digest(name: str) -> str:
    return sha256((files("dcops") / "static" / name).read_bytes()).hexdigest()[:12]


@blueprint.app_template_global("chart_style_ids")
@cache
def chart_style_ids() -> list[str]:
    """Ids of the style sheets that the bundle would add inline unless the page already has an element so named.

    They belong to kinds of charts that no page draws; the content policy would refuse them, noisily.
    """
    return sorted(set(re.findall(r'getElementById\("([0-9a-f]{32,64})"\)', _BUNDLE.read_text(encoding="utf-8"))))
