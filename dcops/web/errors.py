"""Errors as pages: the message is in the exception, the status is decided here."""

from __future__ import annotations

from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from inventory.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable

STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    Invalid: 400,
    Conflict: 409,
    Forbidden: 403,
    Unavailable: 503,
}
WORDS = {
    400: ("Demande impossible", "Vérifiez ce qui a été saisi, puis recommencez."),
    403: ("Accès refusé", "Votre rôle ne permet pas cette action. Demandez l’accès à l’administrateur."),
    404: ("Page introuvable", "L’adresse est inconnue, ou l’objet n’existe plus."),
    405: ("Action impossible", "Cette page ne se demande pas ainsi. Revenez au tableau de bord."),
    409: ("Conflit", "Quelqu’un a changé les données entre-temps. Rechargez la page."),
    413: ("Fichier trop gros", "La taille maximale est de 10 Mo."),
    429: ("Trop de demandes", "Patientez une minute, puis recommencez."),
    500: ("Erreur interne", "L’incident est enregistré dans le journal du serveur. Rien n’a été écrit à moitié."),
    503: ("Service indisponible", "Réessayez dans un instant."),
}


def status_of(error: DomainError) -> int:
    """The HTTP status of a refusal."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def register(app: Flask) -> None:
    """Render refusals and HTTP errors of pages; the API renders its own as problems."""

    def page(status: int, message: str | None) -> tuple[str, int]:
        title, remedy = WORDS.get(status, WORDS[400 if status < 500 else 500])
        return render_template("errors/error.html", status=status, title=title, message=message, remedy=remedy), status

    @app.errorhandler(DomainError)
    def _refused(error: DomainError) -> tuple[str, int]:
        return page(status_of(error), str(error))

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> tuple[str, int]:
        return page(400, "Le formulaire a expiré : rechargez la page, votre saisie n’a pas été enregistrée.")

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> HTTPException | tuple[str, int]:
        if request.path.startswith("/api/") or error.code is None or error.code < 400:
            return error
        return page(error.code, None)

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> tuple[str, int]:
        app.logger.exception("unexpected error on %s", request.path, exc_info=error)
        return page(500, None)
