"""Users, sessions and tokens: recognised by their secret only, limited to their role and customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from dcops.auth import sessions, store, tokens, users
from dcops.auth.models import Session
from dcops.auth.permissions import Permission, Role
from dcops.db import Database
from inventory.errors import Conflict, Forbidden, Invalid, NotFound
from inventory.models import Customer
from inventory.orm import Transaction

NOW = datetime(2024, 6, 15, 10, 0, tzinfo=UTC)
PASSWORD = "quatre mots pris au hasard"


def add(tx: Transaction, login: str = "alex", role: str = "technician", customer: str | None = None) -> int:
    return users.add_user(tx, login, "Alex Dubois", role, PASSWORD, NOW, customer).id


def test_a_user_is_recognised_by_login_and_password(database: Database) -> None:
    with database.transaction() as tx:
        number = add(tx)
        actor = users.authenticate(tx, "Alex", PASSWORD)
        assert actor is not None
        assert (actor.name, actor.role, actor.user_id) == ("alex", Role.TECHNICIAN, number)


@pytest.mark.parametrize(("login", "password"), [("alex", "faux"), ("personne", PASSWORD), ("", ""), ("alex", "")])
def test_any_other_pair_is_nobody(sqlite_database: Database, login: str, password: str) -> None:
    with sqlite_database.transaction() as tx:
        add(tx)
        assert users.authenticate(tx, login, password) is None


def test_a_disabled_user_is_nobody_until_enabled(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        key = sessions.open_session(tx, add(tx), NOW)
        users.disable(tx, "alex")
        assert users.authenticate(tx, "alex", PASSWORD) is None
        users.enable(tx, "alex")
        assert users.authenticate(tx, "alex", PASSWORD) is not None
        assert sessions.actor_of_session(tx, key, NOW) is None


def test_a_session_is_known_by_its_key_until_closed(database: Database) -> None:
    with database.transaction() as tx:
        number = add(tx)
        keys = [sessions.open_session(tx, number, NOW) for _ in range(2)]
        assert [sessions.actor_of_session(tx, key, NOW) for key in keys] == [
            users.authenticate(tx, "alex", PASSWORD)
        ] * 2
        sessions.close_session(tx, keys[0])
        assert sessions.actor_of_session(tx, keys[0], NOW) is None
        assert sessions.actor_of_session(tx, keys[1], NOW) is not None


def test_a_session_lapses_and_is_then_forgotten(sqlite_database: Database) -> None:
    later = NOW + sessions.LONGEST
    with sqlite_database.transaction() as tx:
        number = add(tx)
        key = sessions.open_session(tx, number, NOW)
        assert sessions.actor_of_session(tx, key, later - timedelta(seconds=1)) is not None
        assert sessions.actor_of_session(tx, key, later) is None
        sessions.open_session(tx, number, later)
        assert tx.scalars(select(Session.opened_at)).all() == [later]


def test_the_key_of_a_session_is_not_kept(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        key = sessions.open_session(tx, add(tx), NOW)
        tx.flush()
        assert key not in repr(vars(tx.scalars(select(Session)).one()))
        assert sessions.actor_of_session(tx, "1", NOW) is None


def test_another_password_ends_the_old_one_and_every_session(database: Database) -> None:
    with database.transaction() as tx:
        key = sessions.open_session(tx, add(tx), NOW)
        users.change_password(tx, "alex", "cinq autres mots pris au hasard")
        assert users.authenticate(tx, "alex", PASSWORD) is None
        assert users.authenticate(tx, "alex", "cinq autres mots pris au hasard") is not None
        assert sessions.actor_of_session(tx, key, NOW) is None
        with pytest.raises(Invalid, match="trop court"):
            users.change_password(tx, "alex", "court")
        with pytest.raises(NotFound, match="personne"):
            users.change_password(tx, "personne", PASSWORD)


def test_the_password_is_kept_as_argon2id(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        add(tx)
        found = store.user_by_login(tx, "alex")
        assert found is not None
        assert found.password_hash.startswith("$argon2id$")


def test_accounts_that_make_no_sense_are_refused(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        add(tx)
        with pytest.raises(Conflict, match="existe déjà"):
            add(tx, "ALEX")
        with pytest.raises(Invalid, match="rôle inconnu"):
            add(tx, "b", "root")
        with pytest.raises(Invalid, match="demande une collectivité"):
            add(tx, "b", "commune")
        with pytest.raises(Invalid, match="demande une collectivité"):
            add(tx, "b", "technician", "abbeville")
        with pytest.raises(NotFound, match="atlantis"):
            add(tx, "b", "commune", "atlantis")
        with pytest.raises(Invalid, match="trop court"):
            users.add_user(tx, "b", "B", "technician", "court", NOW)
        with pytest.raises(Invalid, match="identifiant invalide"):
            add(tx, "a\nb")


def test_a_token_carries_role_and_customer_until_revoked(database: Database) -> None:
    with database.transaction() as tx:
        tx.add(Customer(code="abbeville", name="Abbeville", kind="commune"))
        tx.flush()
        secret = tokens.create_token(tx, "portail", "commune", NOW, "abbeville")
        actor = tokens.actor_of_token(tx, secret)
        assert actor is not None
        assert (actor.name, actor.role, actor.customer) == ("portail", Role.COMMUNE, "abbeville")
        tokens.revoke(tx, "portail", NOW)
        assert tokens.actor_of_token(tx, secret) is None


def test_a_token_is_shown_once_and_not_kept(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        secret = tokens.create_token(tx, "releve", "technician", NOW)
        assert len(secret) == len("dcops_") + 43
        kept = store.token_by_name(tx, "releve")
        assert kept is not None
        assert secret not in repr(vars(kept))
        with pytest.raises(Conflict, match="existe déjà"):
            tokens.create_token(tx, "releve", "technician", NOW)


@pytest.mark.parametrize("secret", ["", "dcops_", "dcops_" + "A" * 43, "Bearer x", "dcops_\udcff"])
def test_an_unknown_secret_is_nobody(sqlite_database: Database, secret: str) -> None:
    with sqlite_database.transaction() as tx:
        assert tokens.actor_of_token(tx, secret) is None


def test_a_commune_sees_itself_and_never_learns_of_another(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        tx.add(Customer(code="abbeville", name="Abbeville", kind="commune"))
        tx.flush()
        actor = tokens.actor_of_token(tx, tokens.create_token(tx, "p", "commune", NOW, "abbeville"))
    assert actor is not None
    actor.require_customer("abbeville", Permission.READ_HOURS)
    with pytest.raises(NotFound, match="roye"):
        actor.require_customer("roye", Permission.READ_HOURS)
    with pytest.raises(Forbidden):
        actor.require(Permission.READ_SPACE)
