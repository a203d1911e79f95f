"""Who calls the API: a bearer token on every request, never a web session; and how often it may."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from flask import g, request
from flask_limiter import Limiter

from dcops.api.problems import Unauthenticated
from dcops.auth.permissions import Actor
from dcops.auth.tokens import actor_of_token
from dcops.wiring import Parts
from inventory.errors import Invalid

if TYPE_CHECKING:
    from apiflask import APIBlueprint, APIFlask

RATE = "60/second"
"""Requests of one token; ``app.config["API_RATE"]`` replaces it."""


def protect(blueprint: APIBlueprint, app: APIFlask, parts: Parts) -> None:
    """Ask every request of the blueprint for a token, after counting it."""
    limiter = Limiter(_caller, app=app, storage_uri="memory://", headers_enabled=True)
    limiter.limit(lambda: app.config.get("API_RATE", RATE))(blueprint)

    @blueprint.before_request
    def _identify() -> None:
        _check_parameters()
        with parts.database.transaction() as tx:
            actor = actor_of_token(tx, _bearer())
        if actor is None:
            raise Unauthenticated("jeton inconnu ou révoqué : en demander un à l'administrateur.")
        g.actor = actor


def actor() -> Actor:
    """Who asks; set for every request that passed the gate."""
    known: Actor = g.actor
    return known


def _bearer() -> str:
    """The request's token. Raises Unauthenticated."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Unauthenticated("jeton absent : envoyer l'en-tête « Authorization: Bearer dcops_… ».")
    return given.token


def _caller() -> str:
    """What requests are counted by: the token (hashed), or the address without one."""
    given = request.headers.get("Authorization")
    return sha256(given.encode()).hexdigest() if given else request.remote_addr or "unknown"


def _check_parameters() -> None:
    """PostgreSQL stores no NUL, so no name of ours has one; of a repeated parameter one would be ignored."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise Invalid(f"paramètre répété : « {name} » est donné {len(values)} fois.")
    values = [*(request.view_args or {}).values(), *request.args.values()]
    if any("\x00" in str(value) for value in values):
        raise Invalid("caractère nul refusé.")
