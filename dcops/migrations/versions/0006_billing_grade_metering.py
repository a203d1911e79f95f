"""What people decide of readings, archives of readings, devices that are polled, and alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dcops.migrations.append_only import let_go, protect
from dcops.migrations.exclusive import protect_places

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)
_ARCHIVED = 'kept.start <= OLD.at AND OLD.at < kept."end" AND OLD.received_at <= kept.received_until'


def upgrade() -> None:
    _meters()
    _decisions()
    _archives()
    _polling()
    _alerts()


def _meters() -> None:
    op.add_column("meter_exchanges", sa.Column("recorded_at", sa.BigInteger(), nullable=True))
    op.add_column("meters", sa.Column("serial", sa.String(length=64), nullable=True))
    op.add_column("meters", sa.Column("resettable", sa.Boolean(), nullable=False, server_default=sa.false()))
    _places()
    with op.batch_alter_table("poll_failures") as batch:
        batch.alter_column("address", type_=sa.String(length=500), existing_type=sa.String(length=200))
    with op.batch_alter_table("meters") as batch:
        batch.alter_column("address", type_=sa.String(length=500), existing_type=sa.String(length=200))
        for constraint, kind in (("ck_meters_share", "check"), ("ck_meters_scope", "check")):
            batch.drop_constraint(op.f(constraint), type_=kind)
        for column, table in (("rack_id", "racks"), ("share_id", "shares")):
            batch.drop_index(op.f(f"ix_meters_{column}"))
            batch.drop_constraint(op.f(f"fk_meters_{column}_{table}"), type_="foreignkey")
        for column in ("rack_id", "feed", "scope", "share_id"):
            batch.drop_column(column)
    op.create_table(
        "allocation_policies",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("rack_id", _ID, nullable=True),
        sa.Column("start", _AT, nullable=False),
        sa.Column("policy", sa.String(length=10), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", _AT, nullable=False),
        sa.CheckConstraint("policy IN ('units', 'power', 'equal')", name=op.f("ck_allocation_policies_policy")),
        sa.ForeignKeyConstraint(["rack_id"], ["racks.id"], name=op.f("fk_allocation_policies_rack_id_racks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_policies")),
    )
    op.create_index(op.f("ix_allocation_policies_rack_id"), "allocation_policies", ["rack_id"])
    protect("allocation_policies")


def _places() -> None:
    """Each meter has been in one place since its start."""
    op.create_table(
        "meter_places",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("meter_id", _ID, nullable=False),
        sa.Column("rack_id", _ID, nullable=True),
        sa.Column("feed", sa.String(length=10), nullable=True),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("share_id", _ID, nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "scope IN ('rack', 'share', 'outlet', 'check', 'busbar', 'site')", name=op.f("ck_meter_places_scope")
        ),
        sa.CheckConstraint(
            "(scope IN ('share', 'outlet')) = (share_id IS NOT NULL)", name=op.f("ck_meter_places_share")
        ),
        sa.CheckConstraint("(scope = 'site') = (rack_id IS NULL)", name=op.f("ck_meter_places_rack")),
        sa.CheckConstraint('"end" IS NULL OR start < "end"', name=op.f("ck_meter_places_period")),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_meter_places_meter_id_meters")),
        sa.ForeignKeyConstraint(["rack_id"], ["racks.id"], name=op.f("fk_meter_places_rack_id_racks")),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name=op.f("fk_meter_places_share_id_shares")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_places")),
    )
    for column in ("meter_id", "rack_id", "share_id"):
        op.create_index(op.f(f"ix_meter_places_{column}"), "meter_places", [column])
    sqlite = op.get_bind().dialect.name == "sqlite"
    epoch = "CAST(strftime('%s', {0}) AS INTEGER)" if sqlite else "CAST(EXTRACT(EPOCH FROM {0}) AS BIGINT)"
    op.execute(
        'INSERT INTO meter_places (meter_id, rack_id, feed, scope, share_id, start, "end") '
        "SELECT id, rack_id, feed, scope, CASE WHEN scope = 'rack' THEN NULL ELSE share_id END, "
        f"""{epoch.format("start")}, {epoch.format('"end"')} FROM meters"""
    )
    protect_places()


def _decisions() -> None:
    for column in ("since", "stake_wh"):
        op.add_column("reading_faults", sa.Column(column, sa.BigInteger(), nullable=True))
    estimated = sa.text("flag = 'ESTIMATED'")
    op.create_index(
        "ix_intervals_estimated", "intervals", ["start"], sqlite_where=estimated, postgresql_where=estimated
    )
    op.create_table(
        "vee_decisions",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("meter_id", _ID, nullable=False),
        sa.Column("fault_id", _ID, nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("wh", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", _AT, nullable=False),
        sa.CheckConstraint("kind IN ('accept', 'reject', 'estimate', 'edit')", name=op.f("ck_vee_decisions_kind")),
        sa.CheckConstraint("(kind = 'edit') = (wh IS NOT NULL)", name=op.f("ck_vee_decisions_wh")),
        sa.CheckConstraint('start < "end"', name=op.f("ck_vee_decisions_period")),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_vee_decisions_meter_id_meters")),
        sa.ForeignKeyConstraint(
            ["fault_id"], ["reading_faults.id"], name=op.f("fk_vee_decisions_fault_id_reading_faults")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vee_decisions")),
    )
    op.create_index("ix_vee_decisions_meter_id_start", "vee_decisions", ["meter_id", "start"])
    op.create_index(op.f("ix_vee_decisions_fault_id"), "vee_decisions", ["fault_id"])
    protect("vee_decisions")


def _archives() -> None:
    op.create_table(
        "reading_archives",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("received_until", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("archived_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_archives")),
        sa.UniqueConstraint("month", "part", name=op.f("uq_reading_archives_month_part")),
        sa.UniqueConstraint("path", name=op.f("uq_reading_archives_path")),
    )
    protect("reading_archives")
    let_go("readings", "reading_archives", _ARCHIVED)


def _polling() -> None:
    op.add_column("poll_runs", sa.Column("devices_skipped", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("poll_runs", sa.Column("token", sa.String(length=32), nullable=True))
    op.add_column("poll_runs", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.create_index(op.f("ix_poll_runs_token"), "poll_runs", ["token"], unique=True)
    op.create_table(
        "polled_devices",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("driver", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", _AT, nullable=True),
        sa.Column("last_ok_at", _AT, nullable=True),
        sa.Column("last_failed_at", _AT, nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polled_devices")),
        sa.UniqueConstraint("driver", "address", name=op.f("uq_polled_devices_driver_address")),
    )
    op.create_table(
        "poll_results",
        sa.Column("run_id", _ID, autoincrement=False, nullable=False),
        sa.Column("device_id", _ID, autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.CheckConstraint("outcome IN ('ok', 'partial', 'failed', 'skipped')", name=op.f("ck_poll_results_outcome")),
        sa.ForeignKeyConstraint(["run_id"], ["poll_runs.id"], name=op.f("fk_poll_results_run_id_poll_runs")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["polled_devices.id"], name=op.f("fk_poll_results_device_id_polled_devices")
        ),
        sa.PrimaryKeyConstraint("run_id", "device_id", name=op.f("pk_poll_results")),
        sqlite_with_rowid=False,
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("rack", sa.String(length=100), nullable=True),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("since", _AT, nullable=False),
        sa.Column("opened_at", _AT, nullable=True),
        sa.Column("seen_at", _AT, nullable=False),
        sa.Column("closed_at", _AT, nullable=True),
        sa.Column("taken_at", _AT, nullable=True),
        sa.Column("taken_by", sa.String(length=100), nullable=True),
        sa.Column("taken_why", sa.Text(), nullable=False),
        sa.CheckConstraint("severity IN ('warning', 'critical')", name=op.f("ck_alerts_severity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    still = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_alerts_open", "alerts", ["kind", "subject"], unique=True, sqlite_where=still, postgresql_where=still
    )
    op.create_index(op.f("ix_alerts_opened_at"), "alerts", ["opened_at"])
    op.create_table(
        "alert_notices",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("alert_id", _ID, nullable=False),
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", _AT, nullable=True),
        sa.Column("delivery", sa.String(length=40), nullable=True),
        sa.Column("sent_at", _AT, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("what IN ('opened', 'worsened', 'closed')", name=op.f("ck_alert_notices_what")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_notices_alert_id_alerts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_notices")),
    )
    op.create_index(op.f("ix_alert_notices_alert_id"), "alert_notices", ["alert_id"])
    due = sa.text("sent_at IS NULL")
    op.create_index(
        "ix_alert_notices_due", "alert_notices", ["channel", "id"], sqlite_where=due, postgresql_where=due
    )
