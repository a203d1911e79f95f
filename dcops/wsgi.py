"""The application for an external WSGI server: ``gunicorn "dcops.wsgi:application()"``; no scheduler."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from dcops import config, wiring
from dcops.app import create_app


def application() -> Flask:
    """Settings from ``DCOPS_CONFIG`` and the environment. Raises Unavailable on a database not up to date."""
    path = os.environ.get("DCOPS_CONFIG")
    parts = wiring.build(config.load(Path(path) if path else None, os.environ), os.environ)
    parts.database.require_current()
    parts.database.dispose()  # a server that forks after this must not share connections
    return create_app(parts)
