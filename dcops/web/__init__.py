"""The web interface: one blueprint per area; parse, one call, render."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from dcops.wiring import Parts
from inventory.orm import LARGEST_ID


class _Number(IntegerConverter):
    """A whole number of an address: one that no database holds is the address of nothing."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST_ID, **options})


def register(app: Flask, parts: Parts) -> None:
    """Put every page, the login gate, the security headers and the formats on the application."""
    from dcops.web import access, assets, errors, formats, headers, navigation, throttle, typography
    from dcops.web.pages import BLUEPRINTS

    app.url_map.converters["int"] = _Number
    access.register(app)
    headers.register(app)
    typography.register(app)
    formats.register(app)
    errors.register(app)
    navigation.register(app)
    assets.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    throttle.register(app)
