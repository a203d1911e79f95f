"""Logging in and out, changing one's password, and where each role starts."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from dcops.auth import sessions, users
from dcops.auth.passwords import SHORTEST
from dcops.auth.permissions import Actor, Permission, Role
from dcops.web.access import Identity, permits, public
from dcops.web.context import actor, now, parts, transaction

blueprint = Blueprint("auth", __name__)
NEEDED = "Ce champ est nécessaire."


class LoginForm(FlaskForm):  # type: ignore[misc]
    """Name and password; ``next`` is where to go afterwards."""

    login = StringField(
        "Identifiant", [DataRequired(NEEDED)], render_kw={"autocomplete": "username", "autofocus": True}
    )
    password = PasswordField("Mot de passe", [DataRequired(NEEDED)], render_kw={"autocomplete": "current-password"})
    next = HiddenField()


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The password of today, and another, twice."""

    current = PasswordField(
        "Mot de passe actuel", [DataRequired(NEEDED)], render_kw={"autocomplete": "current-password"}
    )
    new = PasswordField(
        "Nouveau mot de passe",
        [DataRequired(NEEDED), Length(SHORTEST, message=f"{SHORTEST} caractères au moins.")],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        "Confirmer le mot de passe",
        [DataRequired(NEEDED), EqualTo("new", "Les deux saisies diffèrent.")],
        render_kw={"autocomplete": "new-password"},
    )


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
        found = users.authenticate(tx, form.login.data, form.password.data)
    if found is None:
        return _page(form, "Identifiant ou mot de passe incorrect."), 401
    _enter(found)
    return redirect(_local(form.next.data))


@blueprint.post("/deconnexion")
@public
def logout() -> Response:
    """End the session: the cookie is worth nothing afterwards, wherever it was copied."""
    if current_user.is_authenticated:
        with transaction() as tx:
            sessions.close_session(tx, current_user.get_id())
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"))


@blueprint.route("/mot-de-passe", methods=["GET", "POST"])
@permits(*Permission)
def password() -> Response | str | tuple[str, int]:
    """Change one's password; every other session of the account ends."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return render_template("auth/password.html", form=form, shortest=SHORTEST)
    with transaction() as tx:
        known = users.authenticate(tx, actor().name, form.current.data)
    if known is None:
        form.current.errors = ["Ce n’est pas le mot de passe actuel."]
        return render_template("auth/password.html", form=form, shortest=SHORTEST), 401
    with transaction() as tx:
        users.change_password(tx, known.name, form.new.data)
    _enter(known)
    flash("Mot de passe changé. Les autres appareils devront se reconnecter.")
    return redirect(url_for("auth.home"))


def _enter(known: Actor) -> None:
    """Open a session in this browser, and leave nothing of an earlier one."""
    assert known.user_id is not None
    with transaction() as tx:
        key = sessions.open_session(tx, known.user_id, now())
    session.clear()
    login_user(Identity(key, known))
    session.permanent = True


def _page(form: LoginForm, refused: str | None) -> str:
    return render_template("auth/login.html", form=form, refused=refused, operator=parts().settings.operator.name)


def _local(target: str | None) -> str:
    """The target when it is a path of this site, else the home page."""
    asked = target or "/"
    if not asked.isprintable() or "\\" in asked or not asked.startswith("/") or asked.startswith("//"):
        return "/"
    parsed = urlsplit(asked)
    return "/" if parsed.scheme or parsed.netloc else asked
