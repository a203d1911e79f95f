"""Every column of every CSV import is documented, the optional ones as such."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from dcops.contracts.imports import COLUMNS as SUBSCRIPTIONS
from dcops.contracts.usages import USAGE_COLUMNS
from inventory.commune_file import COLUMNS as COMMUNES
from inventory.customer_imports import CUSTOMER_COLUMNS
from inventory.imports import ANTIVIRUS_COLUMNS, MACHINE_COLUMNS, NAS_COLUMNS
from inventory.space_imports import RACK_COLUMNS, SHARE_COLUMNS
from metering.backups.backup_imports import MEASURE_COLUMNS
from metering.meters.meter_imports import METER_COLUMNS, METER_OPTIONAL
from metering.meters.reading_imports import READING_COLUMNS

DOC = Path(__file__).resolve().parents[2] / "docs" / "imports.md"
FILES: dict[str, Iterable[str]] = {
    "customers": CUSTOMER_COLUMNS,
    "racks": RACK_COLUMNS,
    "shares": SHARE_COLUMNS,
    "machines": MACHINE_COLUMNS,
    "nas": NAS_COLUMNS,
    "antivirus": ANTIVIRUS_COLUMNS,
    "meters": METER_COLUMNS,
    "subscriptions": SUBSCRIPTIONS,
    "usages": USAGE_COLUMNS,
    "measures": MEASURE_COLUMNS,
    "readings": READING_COLUMNS,
    "communes": COMMUNES,
}


def documented(name: str) -> list[tuple[str, bool]]:
    """(column, whether it may be left out) as the table says."""
    row = next(line for line in DOC.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {name} |"))
    return [(column, mark == "°") for column, mark in re.findall(r"`(\w+)`(°?)", row.split("|")[2])]


@pytest.mark.parametrize("name", FILES)
def test_columns_are_documented_in_their_order(name: str) -> None:
    assert [column for column, _ in documented(name)] == list(FILES[name])


def test_optional_columns_are_marked() -> None:
    assert {column for column, optional in documented("meters") if optional} == METER_OPTIONAL
