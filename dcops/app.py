"""Builds the web application from the parts: pages, API, health; nothing happens at import."""

from __future__ import annotations

import secrets
from importlib.resources import files
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from flask import Flask
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from dcops import __version__
from dcops.wiring import Parts
from inventory.errors import Invalid

SHORTEST_KEY = 32
YEAR_S = 365 * 24 * 3600


def create_app(parts: Parts) -> Flask:
    """The WSGI application of an installation. Raises Invalid when the session secret cannot be kept."""
    from dcops import api, web
    from dcops.monitoring import health

    app = APIFlask(
        "dcops",
        title="dcops",
        version=__version__,
        spec_path="/api/openapi.json",
        docs_path=None,
        json_errors=False,
        template_folder=str(files("dcops.templates")),
        static_folder=str(files("dcops") / "static"),
    )
    app.config.update(_config(parts))
    if app.config["SESSION_COOKIE_SECURE"]:
        # We speak plain HTTP only: https is a proxy's, whose words on who asks and how are then to be believed.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.extensions["dcops"] = parts
    Babel(app, default_locale="fr", default_timezone=parts.settings.operator.timezone, locale_selector=lambda: "fr")
    Bootstrap5(app)
    csrf = CSRFProtect(app)
    api.register(app, parts)
    csrf.exempt(app.blueprints["api"])
    health.register(app, parts)
    web.register(app, parts)
    return app


def _config(parts: Parts) -> dict[str, Any]:
    secure = parts.settings.web.base_url.startswith("https://")
    return {
        "SECRET_KEY": secret_key(parts.settings.web.secret_file),
        "BOOTSTRAP_SERVE_LOCAL": True,
        "SEND_FILE_MAX_AGE_DEFAULT": YEAR_S,
        "MAX_CONTENT_LENGTH": 10 * 1024 * 1024,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_NAME": "dcops",
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": secure,
    }


def secret_key(path: Path) -> str:
    """The session secret, made at first use and readable by its owner only. Raises Invalid when it cannot be kept."""
    try:
        if not path.exists() or not path.stat().st_size:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600, exist_ok=True)
            path.write_text(secrets.token_urlsafe(48), encoding="ascii")
        found = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "pas un texte ASCII")
        raise Invalid(f"clé de session : {path} illisible ou impossible à créer ({why}).") from None
    if len(found) < SHORTEST_KEY:
        raise Invalid(f"clé de session : {path} est trop courte, {SHORTEST_KEY} caractères au moins ; l'effacer.")
    return found
