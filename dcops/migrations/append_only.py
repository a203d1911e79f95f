"""Triggers that make a table append only, on SQLite and on PostgreSQL."""

from __future__ import annotations

from alembic import op

MESSAGE = "append only: correct with a new row"


def protect(table: str) -> None:
    """Refuse every UPDATE and DELETE of a row, whoever asks."""
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}: {MESSAGE}'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '%: {MESSAGE}', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def let_go(table: str, kept_in: str, kept: str) -> None:
    """Let the rows of an append-only table be deleted where another table says that they are kept elsewhere.

    ``kept``: the condition on the row ``OLD``, and on the row ``kept`` of that other table. No UPDATE, as before.
    """
    elsewhere = f"EXISTS (SELECT 1 FROM {kept_in} AS kept WHERE {kept})"  # noqa: S608 (both are written in migrations)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {table}_no_delete")
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT {elsewhere} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: {MESSAGE}'); END"
        )
        return
    op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute(
        f"CREATE OR REPLACE FUNCTION refuse_delete_of_{table}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NOT {elsewhere} THEN RAISE EXCEPTION '{table}: {MESSAGE}'; END IF; RETURN OLD; END $$"
    )
    for event, function in (("UPDATE", "refuse_change"), ("DELETE", f"refuse_delete_of_{table}")):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
