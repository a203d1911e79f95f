"""Third-party front-end files served from the packages that carry them."""

from __future__ import annotations

from importlib.resources import as_file, files

from flask import Blueprint, Response, send_file

from dcops.web.access import public

blueprint = Blueprint("assets", __name__)


@blueprint.get("/assets/plotly.min.js")
@public
def plotly() -> Response:
    """Plotly's browser bundle, as shipped in its Python package."""
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as path:
        return send_file(path, mimetype="text/javascript", max_age=365 * 24 * 3600)
