"""``dcops users``: people and API tokens."""

from __future__ import annotations

import sys

import click

from dcops.auth.permissions import Role
from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts

role_option = click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
customer_option = click.option("--customer", default=None, help="Customer code of a commune's account.")
password_option = click.option("--password-stdin", is_flag=True, help="Read the password from the first line of stdin.")


@click.group()
def users() -> None:
    """Users and API tokens."""


@users.command()
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@role_option
@customer_option
@password_option
@json_option
@pass_parts
def add(
    parts: Parts, login: str, name: str, role: str, customer: str | None, password_stdin: bool, as_json: bool
) -> None:
    """Add a person who logs in."""
    from dcops.auth import users as people

    password = _password(password_stdin)
    with parts.database.transaction() as tx:
        user = people.add_user(tx, login, name, role, password, parts.clock.now(), customer)
    document = {"login": user.login, "name": user.name, "role": user.role, "customer": customer}
    emit(document, as_json, f"utilisateur {user.login} ({user.role}) ajouté")


@users.command()
@click.argument("login")
@json_option
@pass_parts
def disable(parts: Parts, login: str, as_json: bool) -> None:
    """Close a person's account."""
    from dcops.auth import users as people

    with parts.database.transaction() as tx:
        people.disable(tx, login)
    emit({"login": login, "disabled": True}, as_json, f"utilisateur {login} désactivé")


@users.command()
@click.argument("login")
@json_option
@pass_parts
def enable(parts: Parts, login: str, as_json: bool) -> None:
    """Open a closed account again."""
    from dcops.auth import users as people

    with parts.database.transaction() as tx:
        people.enable(tx, login)
    emit({"login": login, "disabled": False}, as_json, f"utilisateur {login} réactivé")


@users.command("password")
@click.argument("login")
@password_option
@json_option
@pass_parts
def change_password(parts: Parts, login: str, password_stdin: bool, as_json: bool) -> None:
    """Give a person another password; they are logged out everywhere."""
    from dcops.auth import users as people

    password = _password(password_stdin)
    with parts.database.transaction() as tx:
        people.change_password(tx, login, password)
    emit({"login": login, "password": "changed"}, as_json, f"mot de passe de {login} changé, ses sessions fermées")


@users.command("list")
@json_option
@pass_parts
def list_(parts: Parts, as_json: bool) -> None:
    """People and tokens, with their roles."""
    from dcops.auth import store

    with parts.database.transaction() as tx:
        people = [
            {"login": u.login, "name": u.name, "role": u.role, "customer": u.customer.code if u.customer else None,
             "disabled": u.disabled}
            for u in store.users(tx)
        ]  # fmt: skip
        tokens = [
            {"name": t.name, "role": t.role, "customer": t.customer.code if t.customer else None,
             "revoked": t.revoked_at is not None}
            for t in store.tokens(tx)
        ]  # fmt: skip
    lines = [
        f"{p['login']}  {p['role']}  {p['customer'] or ''}{'  désactivé' if p['disabled'] else ''}" for p in people
    ]
    lines += [
        f"jeton {t['name']}  {t['role']}  {t['customer'] or ''}{'  révoqué' if t['revoked'] else ''}" for t in tokens
    ]
    emit({"users": people, "tokens": tokens}, as_json, "\n".join(lines) or "aucun compte : « dcops users add »")


@users.command()
@click.argument("name")
@role_option
@customer_option
@json_option
@pass_parts
def token(parts: Parts, name: str, role: str, customer: str | None, as_json: bool) -> None:
    """Make an API token; its secret is printed once and cannot be read again."""
    from dcops.auth import tokens

    with parts.database.transaction() as tx:
        secret = tokens.create_token(tx, name, role, parts.clock.now(), customer)
    emit({"name": name, "role": role, "customer": customer, "secret": secret}, as_json, secret)


@users.command()
@click.argument("name")
@json_option
@pass_parts
def revoke(parts: Parts, name: str, as_json: bool) -> None:
    """End a token for ever."""
    from dcops.auth import tokens

    with parts.database.transaction() as tx:
        tokens.revoke(tx, name, parts.clock.now())
    emit({"name": name, "revoked": True}, as_json, f"jeton {name} révoqué")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    again = "Le même, encore une fois"
    answer: str = click.prompt("Mot de passe", hide_input=True, confirmation_prompt=again, err=True)
    return answer
