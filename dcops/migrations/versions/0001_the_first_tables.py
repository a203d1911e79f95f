"""the first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dcops.migrations.append_only import protect


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("readings", "intervals", "meter_exchanges", "hour_ledger", "finding_moves")


def upgrade() -> None:
    op.create_table('customers',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('siren', sa.String(length=9), nullable=True),
    sa.Column('siret', sa.String(length=14), nullable=True),
    sa.Column('insee', sa.String(length=5), nullable=True),
    sa.Column('population', sa.Integer(), nullable=True),
    sa.Column('population_year', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customers')),
    sa.UniqueConstraint('code', name=op.f('uq_customers_code'))
    )
    op.create_table('job_runs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=50), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=10), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_runs'))
    )
    with op.batch_alter_table('job_runs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_runs_name'), ['name'], unique=False)

    op.create_table('job_states',
    sa.Column('name', sa.String(length=50), nullable=False),
    sa.Column('claimed_by', sa.String(length=100), nullable=True),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_success_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_job_states'))
    )
    op.create_table('poll_runs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('devices_ok', sa.Integer(), nullable=False),
    sa.Column('devices_failed', sa.Integer(), nullable=False),
    sa.Column('readings', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_poll_runs'))
    )
    with op.batch_alter_table('poll_runs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_poll_runs_started_at'), ['started_at'], unique=False)

    op.create_table('sites',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sites')),
    sa.UniqueConstraint('name', name=op.f('uq_sites_name'))
    )
    op.create_table('source_snapshots',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('scope', sa.String(length=100), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('duration_s', sa.Double(), nullable=False),
    sa.Column('object_count', sa.Integer(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('faults', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_snapshots'))
    )
    with op.batch_alter_table('source_snapshots', schema=None) as batch_op:
        batch_op.create_index('ix_source_snapshots_source_taken_at', ['source', 'taken_at'], unique=False)

    op.create_table('tariffs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=50), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('end', sa.Date(), nullable=True),
    sa.Column('deliberation', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tariffs')),
    sa.UniqueConstraint('name', name=op.f('uq_tariffs_name'))
    )
    op.create_table('antivirus_seats',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('end', sa.Date(), nullable=True),
    sa.CheckConstraint("kind IN ('workstation', 'server')", name=op.f('ck_antivirus_seats_kind')),
    sa.CheckConstraint('"end" IS NULL OR start < "end"', name=op.f('ck_antivirus_seats_period')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_antivirus_seats_quantity')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_antivirus_seats_customer_id_customers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_antivirus_seats'))
    )
    with op.batch_alter_table('antivirus_seats', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_antivirus_seats_customer_id'), ['customer_id'], unique=False)

    op.create_table('api_tokens',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("role <> 'commune' OR customer_id IS NOT NULL", name=op.f('ck_api_tokens_customer')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_api_tokens_customer_id_customers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_tokens')),
    sa.UniqueConstraint('name', name=op.f('uq_api_tokens_name')),
    sa.UniqueConstraint('sha256', name=op.f('uq_api_tokens_sha256'))
    )
    op.create_table('findings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('thing', sa.String(length=200), nullable=False),
    sa.Column('rule', sa.String(length=40), nullable=False),
    sa.Column('field', sa.String(length=40), nullable=False),
    sa.Column('scope', sa.String(length=100), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('sold', sa.JSON(), nullable=False),
    sa.Column('documented', sa.JSON(), nullable=False),
    sa.Column('real', sa.JSON(), nullable=False),
    sa.Column('eur_per_year', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('first_seen', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen', sa.DateTime(timezone=True), nullable=False),
    sa.Column('frozen', sa.Boolean(), nullable=False),
    sa.Column('ignored_until', sa.Date(), nullable=True),
    sa.Column('sources', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_findings_customer_id_customers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_findings')),
    sa.UniqueConstraint('thing', 'rule', 'field', name=op.f('uq_findings_thing_rule_field'))
    )
    with op.batch_alter_table('findings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_findings_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index('ix_findings_state', ['state'], unique=False)

    op.create_table('hour_ledger',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('logged_minutes', sa.Integer(), nullable=True),
    sa.Column('pack', sa.String(length=50), nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('author', sa.String(length=100), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reverses_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint("kind IN ('purchase', 'debit', 'goodwill', 'correction')", name=op.f('ck_hour_ledger_kind')),
    sa.CheckConstraint('minutes <> 0', name=op.f('ck_hour_ledger_minutes')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_hour_ledger_customer_id_customers')),
    sa.ForeignKeyConstraint(['reverses_id'], ['hour_ledger.id'], name=op.f('fk_hour_ledger_reverses_id_hour_ledger')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hour_ledger')),
    sa.UniqueConstraint('reverses_id', name=op.f('uq_hour_ledger_reverses_id'))
    )
    with op.batch_alter_table('hour_ledger', schema=None) as batch_op:
        batch_op.create_index('ix_hour_ledger_customer_id_on', ['customer_id', 'on'], unique=False)

    op.create_table('machines',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cluster', sa.String(length=100), nullable=True),
    sa.Column('vmid', sa.Integer(), nullable=True),
    sa.Column('vcpu', sa.Integer(), nullable=False),
    sa.Column('ram_gb', sa.Integer(), nullable=False),
    sa.Column('disk_gb', sa.Integer(), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('end', sa.Date(), nullable=True),
    sa.CheckConstraint('"end" IS NULL OR start < "end"', name=op.f('ck_machines_period')),
    sa.CheckConstraint('vcpu > 0 AND ram_gb > 0 AND disk_gb >= 0', name=op.f('ck_machines_sizes')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_machines_customer_id_customers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_machines'))
    )
    with op.batch_alter_table('machines', schema=None) as batch_op:
        batch_op.create_index('ix_machines_cluster_vmid', ['cluster', 'vmid'], unique=False)
        batch_op.create_index(batch_op.f('ix_machines_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_machines_name'), ['name'], unique=False)

    op.create_table('memberships',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('end', sa.Date(), nullable=True),
    sa.CheckConstraint('"end" IS NULL OR start < "end"', name=op.f('ck_memberships_period')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_memberships_customer_id_customers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_memberships'))
    )
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_memberships_customer_id'), ['customer_id'], unique=False)

    op.create_table('nas_units',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('serial', sa.String(length=64), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('model', sa.String(length=100), nullable=True),
    sa.Column('plan_gb', sa.Integer(), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('end', sa.Date(), nullable=True),
    sa.CheckConstraint('"end" IS NULL OR start < "end"', name=op.f('ck_nas_units_period')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_nas_units_customer_id_customers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_nas_units')),
    sa.UniqueConstraint('serial', name=op.f('uq_nas_units_serial'))
    )
    with op.batch_alter_table('nas_units', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_nas_units_customer_id'), ['customer_id'], unique=False)

    op.create_table('poll_failures',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('run_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['poll_runs.id'], name=op.f('fk_poll_failures_run_id_poll_runs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_poll_failures'))
    )
    with op.batch_alter_table('poll_failures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_poll_failures_run_id'), ['run_id'], unique=False)

    op.create_table('rooms',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_rooms_site_id_sites')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rooms')),
    sa.UniqueConstraint('site_id', 'name', name=op.f('uq_rooms_site_id_name'))
    )
    op.create_table('subscriptions',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=50), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('agreed_price', sa.BigInteger(), nullable=True),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('end', sa.Date(), nullable=True),
    sa.CheckConstraint('"end" IS NULL OR start < "end"', name=op.f('ck_subscriptions_period')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_subscriptions_quantity')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_subscriptions_customer_id_customers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriptions'))
    )
    with op.batch_alter_table('subscriptions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscriptions_code'), ['code'], unique=False)
        batch_op.create_index(batch_op.f('ix_subscriptions_customer_id'), ['customer_id'], unique=False)

    op.create_table('tariff_lines',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('tariff_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('section', sa.String(length=10), nullable=False),
    sa.Column('service', sa.String(length=50), nullable=False),
    sa.Column('code', sa.String(length=50), nullable=False),
    sa.Column('label', sa.String(length=250), nullable=False),
    sa.Column('unit', sa.String(length=50), nullable=False),
    sa.Column('behaviour', sa.String(length=40), nullable=False),
    sa.Column('member_price', sa.BigInteger(), nullable=True),
    sa.Column('nonmember_price', sa.BigInteger(), nullable=True),
    sa.Column('member_word', sa.String(length=60), nullable=False),
    sa.Column('nonmember_word', sa.String(length=60), nullable=False),
    sa.Column('commitment_months', sa.Integer(), nullable=True),
    sa.Column('quantity_min', sa.Integer(), nullable=True),
    sa.Column('quantity_max', sa.Integer(), nullable=True),
    sa.Column('population_min', sa.Integer(), nullable=True),
    sa.Column('population_max', sa.Integer(), nullable=True),
    sa.Column('floor', sa.BigInteger(), nullable=True),
    sa.Column('cap', sa.BigInteger(), nullable=True),
    sa.Column('included', sa.BigInteger(), nullable=True),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('validity_months', sa.Integer(), nullable=True),
    sa.Column('proration', sa.String(length=10), nullable=False),
    sa.Column('vat_category', sa.String(length=2), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['tariff_id'], ['tariffs.id'], name=op.f('fk_tariff_lines_tariff_id_tariffs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tariff_lines')),
    sa.UniqueConstraint('tariff_id', 'code', name=op.f('uq_tariff_lines_tariff_id_code'))
    )
    with op.batch_alter_table('tariff_lines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tariff_lines_code'), ['code'], unique=False)
        batch_op.create_index(batch_op.f('ix_tariff_lines_service'), ['service'], unique=False)
        batch_op.create_index(batch_op.f('ix_tariff_lines_tariff_id'), ['tariff_id'], unique=False)

    op.create_table('users',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('login', sa.String(length=100), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled', sa.Boolean(), nullable=False),
    sa.CheckConstraint("role <> 'commune' OR customer_id IS NOT NULL", name=op.f('ck_users_customer')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_users_customer_id_customers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('login', name=op.f('uq_users_login'))
    )
    op.create_table('finding_moves',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('finding_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('before', sa.String(length=20), nullable=True),
    sa.Column('after', sa.String(length=20), nullable=False),
    sa.Column('who', sa.String(length=100), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['finding_id'], ['findings.id'], name=op.f('fk_finding_moves_finding_id_findings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding_moves'))
    )
    with op.batch_alter_table('finding_moves', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finding_moves_finding_id'), ['finding_id'], unique=False)

    op.create_table('racks',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('room_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('u_height', sa.Integer(), nullable=False),
    sa.Column('feeds', sa.String(length=20), nullable=False),
    sa.Column('capacity_w', sa.Integer(), nullable=True),
    sa.CheckConstraint('u_height > 0', name=op.f('ck_racks_u_height')),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], name=op.f('fk_racks_room_id_rooms')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_racks')),
    sa.UniqueConstraint('name', name=op.f('uq_racks_name'))
    )
    with op.batch_alter_table('racks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_racks_room_id'), ['room_id'], unique=False)

    op.create_table('shares',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('rack_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('first_half_unit', sa.Integer(), nullable=False),
    sa.Column('end_half_unit', sa.Integer(), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('end', sa.Date(), nullable=True),
    sa.CheckConstraint("kind IN ('full', 'half', 'quarter', 'unit')", name=op.f('ck_shares_kind')),
    sa.CheckConstraint('"end" IS NULL OR start < "end"', name=op.f('ck_shares_period')),
    sa.CheckConstraint('first_half_unit >= 0 AND first_half_unit < end_half_unit', name=op.f('ck_shares_interval')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_shares_customer_id_customers')),
    sa.ForeignKeyConstraint(['rack_id'], ['racks.id'], name=op.f('fk_shares_rack_id_racks')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shares'))
    )
    with op.batch_alter_table('shares', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shares_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_shares_rack_id'), ['rack_id'], unique=False)

    op.create_table('meters',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('rack_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('feed', sa.String(length=10), nullable=True),
    sa.Column('driver', sa.String(length=20), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('profile', sa.String(length=50), nullable=True),
    sa.Column('point', sa.String(length=50), nullable=False),
    sa.Column('scope', sa.String(length=10), nullable=False),
    sa.Column('share_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('max_w', sa.Integer(), nullable=False),
    sa.Column('modulus_wh', sa.BigInteger(), nullable=True),
    sa.Column('start', sa.DateTime(timezone=True), nullable=False),
    sa.Column('end', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("scope = 'rack' OR share_id IS NOT NULL", name=op.f('ck_meters_share')),
    sa.CheckConstraint("scope IN ('rack', 'share', 'outlet')", name=op.f('ck_meters_scope')),
    sa.ForeignKeyConstraint(['rack_id'], ['racks.id'], name=op.f('fk_meters_rack_id_racks')),
    sa.ForeignKeyConstraint(['share_id'], ['shares.id'], name=op.f('fk_meters_share_id_shares')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meters')),
    sa.UniqueConstraint('name', name=op.f('uq_meters_name'))
    )
    with op.batch_alter_table('meters', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meters_rack_id'), ['rack_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_meters_share_id'), ['share_id'], unique=False)

    op.create_table('intervals',
    sa.Column('meter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('end', sa.BigInteger(), nullable=False),
    sa.Column('wh', sa.BigInteger(), nullable=False),
    sa.Column('flag', sa.String(length=12), nullable=False),
    sa.Column('method', sa.String(length=30), nullable=False),
    sa.Column('recorded_at', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('start < "end"', name=op.f('ck_intervals_period')),
    sa.CheckConstraint('wh >= 0', name=op.f('ck_intervals_wh')),
    sa.ForeignKeyConstraint(['meter_id'], ['meters.id'], name=op.f('fk_intervals_meter_id_meters')),
    sa.PrimaryKeyConstraint('meter_id', 'start', 'version', name=op.f('pk_intervals')),
    sqlite_with_rowid=False
    )
    op.create_table('meter_exchanges',
    sa.Column('meter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('closing_wh', sa.BigInteger(), nullable=False),
    sa.Column('opening_wh', sa.BigInteger(), nullable=False),
    sa.Column('author', sa.String(length=100), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['meter_id'], ['meters.id'], name=op.f('fk_meter_exchanges_meter_id_meters')),
    sa.PrimaryKeyConstraint('meter_id', 'at', name=op.f('pk_meter_exchanges'))
    )
    op.create_table('reading_faults',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('meter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('wh', sa.BigInteger(), nullable=True),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['meter_id'], ['meters.id'], name=op.f('fk_reading_faults_meter_id_meters')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reading_faults'))
    )
    with op.batch_alter_table('reading_faults', schema=None) as batch_op:
        batch_op.create_index('ix_reading_faults_meter_id_at', ['meter_id', 'at', 'kind'], unique=True)

    op.create_table('readings',
    sa.Column('meter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('wh', sa.BigInteger(), nullable=False),
    sa.Column('power_w', sa.Integer(), nullable=True),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['meter_id'], ['meters.id'], name=op.f('fk_readings_meter_id_meters')),
    sa.PrimaryKeyConstraint('meter_id', 'at', name=op.f('pk_readings')),
    sqlite_with_rowid=False
    )
    op.create_table('roll_up_marks',
    sa.Column('meter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['meter_id'], ['meters.id'], name=op.f('fk_roll_up_marks_meter_id_meters')),
    sa.PrimaryKeyConstraint('meter_id', name=op.f('pk_roll_up_marks'))
    )
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    op.drop_table('roll_up_marks')
    op.drop_table('readings')
    with op.batch_alter_table('reading_faults', schema=None) as batch_op:
        batch_op.drop_index('ix_reading_faults_meter_id_at')

    op.drop_table('reading_faults')
    op.drop_table('meter_exchanges')
    op.drop_table('intervals')
    with op.batch_alter_table('meters', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_meters_share_id'))
        batch_op.drop_index(batch_op.f('ix_meters_rack_id'))

    op.drop_table('meters')
    with op.batch_alter_table('shares', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shares_rack_id'))
        batch_op.drop_index(batch_op.f('ix_shares_customer_id'))

    op.drop_table('shares')
    with op.batch_alter_table('racks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_racks_room_id'))

    op.drop_table('racks')
    with op.batch_alter_table('finding_moves', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finding_moves_finding_id'))

    op.drop_table('finding_moves')
    op.drop_table('users')
    with op.batch_alter_table('tariff_lines', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tariff_lines_tariff_id'))
        batch_op.drop_index(batch_op.f('ix_tariff_lines_service'))
        batch_op.drop_index(batch_op.f('ix_tariff_lines_code'))

    op.drop_table('tariff_lines')
    with op.batch_alter_table('subscriptions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_subscriptions_customer_id'))
        batch_op.drop_index(batch_op.f('ix_subscriptions_code'))

    op.drop_table('subscriptions')
    op.drop_table('rooms')
    with op.batch_alter_table('poll_failures', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_poll_failures_run_id'))

    op.drop_table('poll_failures')
    with op.batch_alter_table('nas_units', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_nas_units_customer_id'))

    op.drop_table('nas_units')
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_memberships_customer_id'))

    op.drop_table('memberships')
    with op.batch_alter_table('machines', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_machines_name'))
        batch_op.drop_index(batch_op.f('ix_machines_customer_id'))
        batch_op.drop_index('ix_machines_cluster_vmid')

    op.drop_table('machines')
    with op.batch_alter_table('hour_ledger', schema=None) as batch_op:
        batch_op.drop_index('ix_hour_ledger_customer_id_on')

    op.drop_table('hour_ledger')
    with op.batch_alter_table('findings', schema=None) as batch_op:
        batch_op.drop_index('ix_findings_state')
        batch_op.drop_index(batch_op.f('ix_findings_customer_id'))

    op.drop_table('findings')
    op.drop_table('api_tokens')
    with op.batch_alter_table('antivirus_seats', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_antivirus_seats_customer_id'))

    op.drop_table('antivirus_seats')
    op.drop_table('tariffs')
    with op.batch_alter_table('source_snapshots', schema=None) as batch_op:
        batch_op.drop_index('ix_source_snapshots_source_taken_at')

    op.drop_table('source_snapshots')
    op.drop_table('sites')
    with op.batch_alter_table('poll_runs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_poll_runs_started_at'))

    op.drop_table('poll_runs')
    op.drop_table('job_states')
    with op.batch_alter_table('job_runs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_runs_name'))

    op.drop_table('job_runs')
    op.drop_table('customers')
