"""Whether this process lives, whether it can serve, and its metrics: what monitoring asks."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from dcops.monitoring import readiness
from dcops.wiring import Parts
from inventory.errors import DomainError

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask, parts: Parts) -> None:
    """Add /healthz, /readyz and /metrics."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        checks = readiness.checks(parts, jobs=app.config.get("JOBS", True))
        ready = all(check.ok for check in checks)
        document: dict[str, Any] = {check.name: check.message for check in checks}
        return jsonify(status="ok" if ready else "unavailable", checks=document), 200 if ready else 503

    @blueprint.get("/metrics")
    def metrics() -> Response:
        from prometheus_client import CONTENT_TYPE_LATEST

        from dcops.monitoring.metrics import exposition

        if not _allowed(parts):
            return Response("jeton requis\n", 401, {"WWW-Authenticate": 'Bearer realm="metrics"'}, "text/plain")
        try:
            return Response(exposition(parts), content_type=CONTENT_TYPE_LATEST)
        except DomainError as error:
            return Response(f"{error}\n", 503, mimetype="text/plain")

    app.register_blueprint(blueprint)


def _allowed(parts: Parts) -> bool:
    """Open without a setting; with one, a token that is not configured lets nobody in."""
    name = parts.settings.web.metrics_token_env
    if name is None:
        return True
    expected = parts.environ.get(name, "")
    given = request.authorization
    token = given.token if given is not None and given.type == "bearer" and given.token else ""
    return bool(expected) and hmac.compare_digest(expected.encode(), token.encode())
