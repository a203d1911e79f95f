"""Space that cannot be sold twice; rows and cages; plans of backup boxes; links of guests, runs, and plans of actions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dcops.migrations.append_only import protect
from dcops.migrations.exclusive import protect_space

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _space()
    _orders()
    _evidence()
    _plans()
    _board()
    _split_rules()


def _space() -> None:
    op.create_table(
        "cages",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("room_id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.CheckConstraint('"end" IS NULL OR start < "end"', name=op.f("ck_cages_period")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_cages_room_id_rooms")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_cages_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cages")),
        sa.UniqueConstraint("name", name=op.f("uq_cages_name")),
    )
    op.create_index(op.f("ix_cages_customer_id"), "cages", ["customer_id"])
    op.add_column("racks", sa.Column("row", sa.String(length=50), nullable=False, server_default=""))
    op.add_column("racks", sa.Column("place", sa.Integer(), nullable=True))
    op.add_column("shares", sa.Column("power_w", sa.Integer(), nullable=True))
    # SQLite adds a constraint only with its column.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE shares ADD COLUMN cage_id {kind} CONSTRAINT fk_shares_cage_id_cages REFERENCES cages (id)")
    op.create_index(op.f("ix_shares_cage_id"), "shares", ["cage_id"])
    protect_space()
    op.create_table(
        "space_moves",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("rack_id", _ID, nullable=False),
        sa.Column("share_id", _ID, nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", _AT, nullable=False),
        sa.CheckConstraint("what IN ('booked', 'end', 'cancelled')", name=op.f("ck_space_moves_what")),
        sa.ForeignKeyConstraint(["rack_id"], ["racks.id"], name=op.f("fk_space_moves_rack_id_racks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space_moves")),
    )
    for column in ("rack_id", "share_id"):
        op.create_index(op.f(f"ix_space_moves_{column}"), "space_moves", [column])
    protect("space_moves")


def _orders() -> None:
    op.add_column("machines", sa.Column("backup_days", sa.Integer(), nullable=True))
    op.create_table(
        "nas_plans",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("nas_unit_id", _ID, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("plan_gb", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", _AT, nullable=False),
        sa.CheckConstraint("plan_gb >= 0", name=op.f("ck_nas_plans_plan_gb")),
        sa.ForeignKeyConstraint(["nas_unit_id"], ["nas_units.id"], name=op.f("fk_nas_plans_nas_unit_id_nas_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nas_plans")),
    )
    op.create_index(op.f("ix_nas_plans_nas_unit_id"), "nas_plans", ["nas_unit_id"])
    protect("nas_plans")


def _evidence() -> None:
    op.add_column("source_snapshots", sa.Column("digest", sa.String(length=64), nullable=True))
    op.create_table(
        "source_locks",
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("holder", sa.String(length=100), nullable=False),
        sa.Column("taken_at", _AT, nullable=False),
        sa.Column("until", _AT, nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_locks")),
    )
    op.create_table(
        "guest_links",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("cluster", sa.String(length=100), nullable=False),
        sa.Column("vmid", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=True),
        sa.Column("uuid", sa.String(length=64), nullable=True),
        sa.Column("macs", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("node", sa.String(length=100), nullable=True),
        sa.Column("sold", sa.String(length=250), nullable=True),
        sa.Column("documented", sa.String(length=250), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", _AT, nullable=False),
        sa.Column("missing_since", _AT, nullable=True),
        sa.Column("missing_runs", sa.Integer(), nullable=False),
        sa.Column("undocumented_since", _AT, nullable=True),
        sa.Column("undocumented_runs", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("approved_by", sa.String(length=100), nullable=True),
        sa.CheckConstraint("state IN ('known', 'reused')", name=op.f("ck_guest_links_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_links")),
        sa.UniqueConstraint("cluster", "vmid", name=op.f("uq_guest_links_cluster_vmid")),
    )
    op.create_index(op.f("ix_guest_links_uuid"), "guest_links", ["uuid"])
    op.create_table(
        "reconciliations",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("last_at", _AT, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("opened", "reopened", "resolved", "frozen", "active")),
        sa.Column("eur_per_year", sa.BigInteger(), nullable=False),
        sa.Column("withheld", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index(op.f("ix_reconciliations_at"), "reconciliations", ["at"])


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("approved_by", sa.String(length=100), nullable=True),
        sa.Column("applied_at", _AT, nullable=True),
        sa.Column("applied_by", sa.String(length=100), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'applying', 'applied', 'abandoned')", name=op.f("ck_plans_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_table(
        "plan_actions",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("plan_id", _ID, nullable=False),
        sa.Column("finding_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("expected", sa.JSON(), nullable=False),
        sa.Column("eur_per_year", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("done_at", _AT, nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'applied', 'failed', 'outdated')", name=op.f("ck_plan_actions_state")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_actions_plan_id_plans")),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_plan_actions_finding_id_findings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_actions")),
        sa.UniqueConstraint("plan_id", "finding_id", "kind", name=op.f("uq_plan_actions_plan_id_finding_id_kind")),
    )
    for column in ("plan_id", "finding_id"):
        op.create_index(op.f(f"ix_plan_actions_{column}"), "plan_actions", [column])


def _board() -> None:
    """What the board adds up and sorts is in one index: the rows, wide with their evidence, are read for one page."""
    op.drop_index("ix_findings_state", "findings")
    op.create_index("ix_findings_board", "findings", ["state", "rule", "first_seen", "eur_per_year"])


def _split_rules() -> None:
    """Findings keep their history under the names that their rules have from now on."""
    op.execute(
        "UPDATE findings SET rule = 'rack.overlap' "
        "WHERE rule = 'rack.oversold' AND (field LIKE '% twice%' OR field LIKE '% reserved%')"
    )
    op.execute(
        "UPDATE findings SET rule = 'vm.after-end' WHERE rule = 'vm.unbilled' AND title LIKE '%après la fin de son contrat%'"
    )
