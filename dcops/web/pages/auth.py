"""Logging in and out, and where each role starts."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired

from dcops.auth.permissions import Permission, Role
from dcops.auth.users import authenticate
from dcops.web.access import Identity, permits, public
from dcops.web.context import parts, transaction

blueprint = Blueprint("auth", __name__)
NEEDED = "Ce champ est nécessaire."


class LoginForm(FlaskForm):  # type: ignore[misc]
    """Name and password; ``next`` is where to go afterwards."""

    login = StringField(
        "Identifiant", [DataRequired(NEEDED)], render_kw={"autocomplete": "username", "autofocus": True}
    )
    password = PasswordField("Mot de passe", [DataRequired(NEEDED)], render_kw={"autocomplete": "current-password"})
    next = HiddenField()


@blueprint.get("/")
@permits(*Permission)
def home() -> Response:
    """The first page of each role."""
    portal = current_user.actor.role is Role.COMMUNE
    return redirect(url_for("portal.index" if portal else "dashboard.index"))


@blueprint.route("/connexion", methods=["GET", "POST"])
@public
def login() -> Response | str | tuple[str, int]:
    """Ask for name and password; ``dcops.web.throttle`` counts the wrong ones."""
    form = LoginForm(next=request.args.get("next", "/"))
    if not form.validate_on_submit():
        return _page(form, None)
    with transaction() as tx:
        found = authenticate(tx, form.login.data, form.password.data)
    if found is None:
        return _page(form, "Identifiant ou mot de passe incorrect."), 401
    session.clear()
    login_user(Identity(str(found.user_id), found))
    session.permanent = True
    return redirect(_local(form.next.data))


@blueprint.post("/deconnexion")
@public
def logout() -> Response:
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"))


def _page(form: LoginForm, refused: str | None) -> str:
    return render_template("auth/login.html", form=form, refused=refused, operator=parts().settings.operator.name)


def _local(target: str | None) -> str:
    """The target when it is a path of this site, else the home page."""
    asked = target or "/"
    if not asked.isprintable() or "\\" in asked or not asked.startswith("/") or asked.startswith("//"):
        return "/"
    parsed = urlsplit(asked)
    return "/" if parsed.scheme or parsed.netloc else asked
