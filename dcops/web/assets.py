"""Front-end files: ours with the digest of their content in the address, others' served from their packages."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from importlib.resources import as_file, files
from typing import Any

from flask import Blueprint, Flask, Response, send_file

from dcops.web.access import public

blueprint = Blueprint("assets", __name__)


def register(app: Flask) -> None:
    """Put the digest of each static file in its address: browsers keep it for long and never keep an old one."""
    app.register_blueprint(blueprint)

    @app.url_defaults
    def _add_digest(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            values["v"] = _digest(values["filename"])


@blueprint.get("/assets/plotly.min.js")
@public
def plotly() -> Response:
    """Plotly's browser bundle, as shipped in its Python package."""
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as path:
        return send_file(path, mimetype="text/javascript", max_age=365 * 24 * 3600)


@cache
def _digest(name: str) -> str:
    return sha256((files("dcops") / "static" / name).read_bytes()).hexdigest()[:12]


@blueprint.app_template_global("chart_style_ids")
@cache
def chart_style_ids() -> list[str]:
    """Ids of the style sheets that the bundle would add inline unless the page already has an element so named.

    They belong to kinds of charts that no page draws; the content policy would refuse them, noisily.
    """
    bundle = (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return sorted(set(re.findall(r'getElementById\("([0-9a-f]{32,64})"\)', bundle)))
