"""Cursors: the key of the last item seen, opaque to callers; pure."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from inventory.errors import Invalid

Row = TypeVar("Row")
Key = tuple[str | int, ...]
LARGEST = 2**53


def encode(key: Key) -> str:
    """The cursor that continues after a key."""
    return urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str | None, *kinds: type) -> Any:
    """The key of a cursor, None without one. Raises Invalid when it is not one of ours."""
    if cursor is None:
        return None
    try:
        key = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        key = None
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds) or not all(map(_sane, key)):
        raise Invalid("curseur invalide : reprendre celui de la page précédente, ou commencer sans curseur.")
    return tuple(key)


def cut(rows: Sequence[Row], limit: int, key: Callable[[Row], Key]) -> tuple[Sequence[Row], str | None]:
    """The first ``limit`` rows, and the cursor of the next page when there is one more row."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], encode(key(rows[limit - 1]))


def _sane(part: str | int) -> bool:
    return "\x00" not in part if isinstance(part, str) else abs(part) < LARGEST
