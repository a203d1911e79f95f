"""Invoices belong to a budget, and keep the mentions they were issued with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invoices", sa.Column("budget", sa.String(length=8), nullable=False, server_default="F"))
    op.add_column("invoices", sa.Column("mentions", sa.JSON(), nullable=True))
    op.add_column("tariff_lines", sa.Column("kinds", sa.String(length=80), nullable=False, server_default=""))
    _read_the_shipped_grids_anew()


def _read_the_shipped_grids_anew() -> None:
    """Take the shipped grids out: the upgrade loads them again right after, with whom each line is for.

    Until this revision they could not be corrected, and nothing was billed from them.
    """
    shipped = "SELECT id FROM tariffs WHERE name IN ('2023', '2024')"
    op.execute(f"DELETE FROM tariff_lines WHERE tariff_id IN ({shipped})")
    op.execute("DELETE FROM tariffs WHERE name IN ('2023', '2024')")
