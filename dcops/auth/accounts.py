"""What users and tokens share: a role, and the customer that a commune's account must belong to."""

from __future__ import annotations

from dcops.auth.models import ApiToken, User
from dcops.auth.permissions import Actor, Role
from inventory import store
from inventory.errors import Invalid
from inventory.models import Customer
from inventory.orm import Transaction

TURN = "accounts"


def holder(tx: Transaction, role: str, customer: str | None) -> Customer | None:
    """The customer of an account about to be made. Raises Invalid (role and customer disagree), NotFound."""
    if role not in set(Role):
        raise Invalid(f"rôle inconnu : « {role} ». Rôles : {', '.join(Role)}.")
    if (role == Role.COMMUNE) != (customer is not None):
        raise Invalid("le rôle « commune » demande une collectivité, et lui seul.")
    return None if customer is None else store.customer(tx, customer)


def named(value: str, what: str) -> str:
    """A login or a token's name, trimmed. Raises Invalid when empty, too long or with control characters."""
    value = value.strip()
    if not 0 < len(value) <= 100 or not value.isprintable():
        raise Invalid(f"{what} invalide : de 1 à 100 caractères imprimables.")
    return value


def actor(account: User | ApiToken) -> Actor:
    """Who an account is, for permissions."""
    customer = account.customer.code if account.customer else None
    if isinstance(account, User):
        return Actor(account.login, Role(account.role), customer, account.id)
    return Actor(account.name, Role(account.role), customer)
