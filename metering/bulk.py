"""Many rows of one table at once, as the driver of the database takes them: tuples on SQLite, arrays on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inventory.orm import Transaction

Row = tuple[int | str | None, ...]


@dataclass(frozen=True, slots=True)
class Bulk:
    """What writes rows of a table: on SQLite a statement for each, on PostgreSQL one with an array for each column."""

    sqlite: str
    postgresql: str


READINGS = Bulk(
    "INSERT INTO readings (meter_id, at, wh, power_w, source, received_at) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING",
    "INSERT INTO readings (meter_id, at, wh, power_w, source, received_at) SELECT * FROM "
    "unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::integer[], %s::text[], %s::bigint[]) "
    "ON CONFLICT DO NOTHING",
)
MARKS = Bulk(
    "INSERT INTO roll_up_marks (meter_id, since) VALUES (?, ?) "
    "ON CONFLICT (meter_id) DO UPDATE SET since = excluded.since WHERE excluded.since < roll_up_marks.since",
    "INSERT INTO roll_up_marks (meter_id, since) SELECT * FROM unnest(%s::bigint[], %s::bigint[]) "
    "ON CONFLICT (meter_id) DO UPDATE SET since = excluded.since WHERE excluded.since < roll_up_marks.since",
)


def insert_tuples(tx: Transaction, bulk: Bulk, rows: Sequence[Row]) -> int:
    """Insert rows, in their order; returns how many were written."""
    if not rows:
        return 0
    connection, options = tx.connection(), {"preserve_rowcount": True}
    if connection.dialect.name == "postgresql":
        arrays = tuple(list(column) for column in zip(*rows, strict=True))
        return connection.exec_driver_sql(bulk.postgresql, arrays, execution_options=options).rowcount
    return connection.exec_driver_sql(bulk.sqlite, list(rows), execution_options=options).rowcount
