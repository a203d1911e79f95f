"""Passwords: argon2id, verified in the same time whether or not there is somebody behind."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from inventory.errors import Invalid

SHORTEST = 12


def hashed(password: str) -> str:
    """An argon2id hash. Raises Invalid when the password is too short."""
    if len(password) < SHORTEST:
        raise Invalid(f"mot de passe trop court : {SHORTEST} caractères au moins.")
    return PasswordHasher().hash(password)


def matches(password: str, expected: str | None) -> bool:
    """Whether a password is the one of a hash; None costs the same and never matches."""
    try:
        PasswordHasher().verify(expected or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return expected is not None


@cache
def _nobody() -> str:
    """A hash that stands for unknown logins, so that answering them takes as long."""
    return PasswordHasher().hash("")
