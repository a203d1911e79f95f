"""Errors of the API as RFC 9457 problems: the message is in the exception, the status is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask.exceptions import HTTPError
from flask import Response, json, request
from werkzeug.exceptions import HTTPException, default_exceptions

from inventory.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from apiflask import APIBlueprint, APIFlask

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    Invalid: 422,
    Conflict: 409,
    Forbidden: 403,
    Unavailable: 503,
}
TITLES = {
    400: "Demande invalide",
    401: "Jeton requis",
    403: "Accès refusé",
    404: "Introuvable",
    405: "Méthode refusée",
    409: "Conflit",
    422: "Demande invalide",
    429: "Trop de demandes",
    500: "Erreur interne",
    503: "Service indisponible",
}


class Unauthenticated(DomainError):
    """No token, or one that is unknown or revoked."""


def problem(status: int, detail: str, **members: Any) -> Response:
    """A problem document: type, title, status, detail, and members of its own."""
    title = TITLES.get(status) or default_exceptions[status]().name
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    response = Response(json.dumps(body), status, mimetype=MEDIA_TYPE)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="dcops"'
    return response


def register(blueprint: APIBlueprint, app: APIFlask) -> None:
    """Turn every error under ``/api/`` into a problem, whoever raised it."""
    blueprint.register_error_handler(DomainError, _refused)
    blueprint.register_error_handler(HTTPError, _invalid_input)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _unexpected)
    app.after_request(_no_foreign_error)


def _refused(error: DomainError) -> Response:
    if isinstance(error, Unauthenticated):
        return problem(401, str(error))
    return problem(next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 422), str(error))


def _invalid_input(error: HTTPError) -> Response:
    """What the framework found wrong in the query or in the body, parameter by parameter."""
    told = error.detail if isinstance(error.detail, dict) else {}
    errors = told.get("query") or told.get("json") or {}
    detail = " ; ".join(f"{name} : {', '.join(reasons)}" for name, reasons in errors.items())
    return problem(error.status_code, f"paramètre invalide : {detail}" if detail else str(error), errors=errors)


def _http(error: HTTPException) -> Response:
    return problem(error.code or 500, error.description or error.name)


def _unexpected(error: Exception) -> Response:
    from flask import current_app

    current_app.logger.exception("unexpected error on %s", request.path, exc_info=error)
    return problem(500, "L'incident est enregistré dans le journal du serveur.")


def _no_foreign_error(response: Response) -> Response:
    """Errors met before a resource is found (unknown address, wrong method) are problems too."""
    if not request.path.startswith("/api/") or response.status_code < 400 or response.mimetype == MEDIA_TYPE:
        return response
    known = {404: "adresse inconnue : voir /api/openapi.json.", 405: "méthode refusée : voir l'en-tête Allow."}
    told = problem(response.status_code, known.get(response.status_code, response.status))
    if "Allow" in response.headers:
        told.headers["Allow"] = response.headers["Allow"]
    return told
