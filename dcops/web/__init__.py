"""The web interface: one blueprint per area; parse, one call, render."""

from __future__ import annotations

from flask import Flask

from dcops.wiring import Parts


def register(app: Flask, parts: Parts) -> None:
    """Put every page, the login gate, the security headers and the formats on the application."""
    from dcops.web import access, assets, errors, formats, headers, navigation, throttle, typography
    from dcops.web.pages import BLUEPRINTS

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
