"""Dated populations, amendments of contracts, billing runs and invoices that cannot change once issued."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dcops.migrations.append_only import protect
from dcops.migrations.issued import protect_billed_lines, protect_issued

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("amendments", "usage_counts", "backup_measures")


def upgrade() -> None:
    _tables()
    _columns()
    op.execute(
        "INSERT INTO populations (customer_id, year, base, inhabitants) "
        "SELECT id, population_year, 'municipal', population FROM customers WHERE population IS NOT NULL"
    )
    op.drop_column("customers", "population")
    op.drop_column("customers", "population_year")
    for table in APPEND_ONLY:
        protect(table)
    protect_issued()
    protect_billed_lines()


def _tables() -> None:
    op.create_table(
        "billing_runs",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("skipped", sa.JSON(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_by", sa.String(length=100), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=100), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by", sa.String(length=100), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'reviewed', 'issued')", name=op.f("ck_billing_runs_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_runs")),
        sa.UniqueConstraint("name", name=op.f("uq_billing_runs_name")),
    )
    op.create_index(
        "uq_billing_runs_on_its_way",
        "billing_runs",
        ["year"],
        unique=True,
        sqlite_where=sa.text("state <> 'issued'"),
        postgresql_where=sa.text("state <> 'issued'"),
    )
    op.create_table(
        "invoices",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("run_id", _ID, nullable=True),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("credits_id", _ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("issued_by", sa.String(length=100), nullable=True),
        sa.Column("order_number", sa.String(length=50), nullable=True),
        sa.Column("seller", sa.JSON(), nullable=True),
        sa.Column("buyer", sa.JSON(), nullable=True),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(kind = 'credit_note') = (credits_id IS NOT NULL)", name=op.f("ck_invoices_credits")),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint(
            "(number IS NULL) = (series IS NULL) AND (number IS NULL) = (sequence IS NULL) AND (number IS NULL) = (issued_on IS NULL)",
            name=op.f("ck_invoices_number"),
        ),
        sa.ForeignKeyConstraint(["credits_id"], ["invoices.id"], name=op.f("fk_invoices_credits_id_invoices")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_invoices_customer_id_customers")),
        sa.ForeignKeyConstraint(["run_id"], ["billing_runs.id"], name=op.f("fk_invoices_run_id_billing_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
        sa.UniqueConstraint("series", "sequence", name=op.f("uq_invoices_series_sequence")),
    )
    op.create_index(op.f("ix_invoices_credits_id"), "invoices", ["credits_id"], unique=False)
    op.create_index(op.f("ix_invoices_customer_id"), "invoices", ["customer_id"], unique=False)
    op.create_index(op.f("ix_invoices_run_id"), "invoices", ["run_id"], unique=False)
    op.create_index(op.f("ix_invoices_year"), "invoices", ["year"], unique=False)
    op.create_table(
        "populations",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("base", sa.String(length=10), nullable=False),
        sa.Column("inhabitants", sa.Integer(), nullable=False),
        sa.CheckConstraint("base IN ('municipal', 'total')", name=op.f("ck_populations_base")),
        sa.CheckConstraint("inhabitants >= 0", name=op.f("ck_populations_inhabitants")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_populations_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_populations")),
        sa.UniqueConstraint("customer_id", "year", name=op.f("uq_populations_customer_id_year")),
    )
    op.create_index(op.f("ix_populations_customer_id"), "populations", ["customer_id"], unique=False)
    op.create_table(
        "usage_counts",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_usage_counts_quantity")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_usage_counts_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_counts")),
    )
    op.create_index(op.f("ix_usage_counts_customer_id"), "usage_counts", ["customer_id"], unique=False)
    op.create_table(
        "amendments",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("subscription_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("agreed_price", sa.BigInteger(), nullable=True),
        sa.Column("supplier_price", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('change', 'end', 'resume')", name=op.f("ck_amendments_kind")),
        sa.CheckConstraint("quantity IS NULL OR quantity > 0", name=op.f("ck_amendments_quantity")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_amendments_subscription_id_subscriptions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendments")),
    )
    op.create_index(op.f("ix_amendments_subscription_id"), "amendments", ["subscription_id"], unique=False)
    op.create_table(
        "backup_measures",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("nas_unit_id", _ID, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("gb", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("gb >= 0", name=op.f("ck_backup_measures_gb")),
        sa.ForeignKeyConstraint(
            ["nas_unit_id"], ["nas_units.id"], name=op.f("fk_backup_measures_nas_unit_id_nas_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_measures")),
    )
    op.create_index("ix_backup_measures_nas_unit_id_on", "backup_measures", ["nas_unit_id", "on"], unique=False)
    op.create_table(
        "invoice_lines",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("invoice_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("credit", sa.Boolean(), nullable=False),
        sa.Column("rebill", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("tariff", sa.String(length=50), nullable=False),
        sa.Column("section", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=400), nullable=False),
        sa.Column("unit", sa.String(length=50), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("vat_category", sa.String(length=2), nullable=False),
        sa.Column("vat_rate", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.CheckConstraint('start < "end"', name=op.f("ck_invoice_lines_period")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_lines")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_invoice_lines_invoice_id_position")),
        sa.UniqueConstraint("key", "version", "credit", name=op.f("uq_invoice_lines_key_version_credit")),
    )
    op.create_index(op.f("ix_invoice_lines_code"), "invoice_lines", ["code"], unique=False)


def _columns() -> None:
    op.add_column("customers", sa.Column("address", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("customers", sa.Column("postcode", sa.String(length=5), nullable=True))
    op.add_column("customers", sa.Column("city", sa.String(length=100), nullable=True))
    op.add_column("customers", sa.Column("paying_service", sa.String(length=100), nullable=True))
    op.add_column(
        "customers", sa.Column("order_number_required", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("customers", sa.Column("order_number", sa.String(length=50), nullable=True))
    op.add_column("subscriptions", sa.Column("supplier_price", sa.BigInteger(), nullable=True))
    op.add_column("subscriptions", sa.Column("commitment_months", sa.Integer(), nullable=True))
    op.add_column("subscriptions", sa.Column("notice_months", sa.Integer(), nullable=True))
    op.add_column("subscriptions", sa.Column("renewal_months", sa.Integer(), nullable=True))
    op.add_column("tariff_lines", sa.Column("account", sa.String(length=12), nullable=True))
