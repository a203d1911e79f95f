"""Rows of whole numbers that a statement is asked about, however many: the statement is always the same text."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import CTE, BigInteger, column, func, literal, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY

from inventory.orm import Transaction


def asked(tx: Transaction, rows: Sequence[tuple[int, ...]], *names: str) -> CTE:
    """The rows as a table of these columns.

    One parameter holds all of them (SQLite: JSON), or one for each column (PostgreSQL: arrays), so that no statement is
    compiled again because there are more of them.
    """
    if tx.get_bind().dialect.name == "postgresql":
        arrays = (literal([row[number] for row in rows], ARRAY(BigInteger)) for number in range(len(names)))
        told = func.unnest(*arrays).table_valued(*(column(name, BigInteger) for name in names), name="told")
        return select(told.render_derived()).cte("asked")
    each = func.json_each(json.dumps(rows)).table_valued("value").c.value
    numbers = (func.json_extract(each, literal(f"$[{number}]")) for number in range(len(names)))
    columns = (type_coerce(number, BigInteger).label(name) for number, name in zip(numbers, names, strict=True))
    return select(*columns).cte("asked").prefix_with("MATERIALIZED")  # or each use of a column reads the JSON again
