"""The gate of the web interface: every view says which permission it needs; one that says nothing is closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user

from dcops.auth.permissions import Actor, Permission
from dcops.auth.sessions import actor_of_session
from dcops.web.context import now, transaction

View = TypeVar("View", bound=Callable[..., Any])
OPEN_ENDPOINTS = frozenset({"static", "bootstrap.static", "openapi.spec", "openapi.json"})
OWN_GATE = frozenset({"api", "health"})  # blueprints that check bearer tokens themselves


@dataclass
class Identity(UserMixin):  # type: ignore[misc]
    """The logged-in user as Flask-Login keeps it; ``id`` is the key of the session."""

    id: str
    actor: Actor


def permits(*permissions: Permission) -> Callable[[View], View]:
    """Mark a view as needing one of the permissions."""

    def mark(view: View) -> View:
        view.permissions = permissions  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open to everybody."""
    view.permissions = ()  # type: ignore[attr-defined]
    return view


def register(app: Flask) -> None:
    """Install the login manager and the gate."""
    manager = LoginManager(app)
    manager.user_loader(_load)
    app.before_request(_gate)


def _load(key: str) -> Identity | None:
    with transaction() as tx:
        actor = actor_of_session(tx, key, now())
    return None if actor is None else Identity(key, actor)


def _gate() -> Any:
    if request.endpoint is None or request.endpoint in OPEN_ENDPOINTS or request.blueprint in OWN_GATE:
        return None
    _refuse_nul()
    view = current_app.view_functions[request.endpoint]
    needed: tuple[Permission, ...] | None = getattr(view, "permissions", None)
    if needed == ():
        return None
    if not current_user.is_authenticated:
        return _to_login()
    if needed is None or not any(current_user.actor.may(permission) for permission in needed):
        abort(403)
    return None


def _refuse_nul() -> None:
    """PostgreSQL stores no NUL, so nothing of ours has one, and no person types one."""
    values = [*(request.view_args or {}).values(), *request.values.values()]
    if any("\x00" in str(value) for value in values):
        abort(400)


def _to_login() -> Response:
    target = request.full_path if request.method == "GET" else "/"
    return redirect(url_for("auth.login", next=target.rstrip("?")))  # type: ignore[return-value]
