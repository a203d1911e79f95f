"""Secrets that are made here: shown once, kept as a hash."""

from __future__ import annotations

import secrets
from hashlib import sha256


def made() -> str:
    """32 random bytes, as text: no salt nor slow hash needed to keep them."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return sha256(secret.encode(errors="replace")).hexdigest()
