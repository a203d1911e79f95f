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
