"""Runs migrations on the connection that ``dcops.db.upgrade`` gives."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from dcops.schema import metadata


def _as_stored(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types into migrations as what they are stored as: history must not follow the code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=_as_stored,
)
with context.begin_transaction():
    context.run_migrations()
