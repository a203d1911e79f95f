"""The file of revenue before dcops: amounts, cells that are empty, totals that check it, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dcops.accounting.history_file import parse
from inventory.errors import ImportRefused, Invalid

HEAD = "code,label,amount_2022,amount_2023,remark"


def test_amounts_are_read_by_year_and_other_columns_left_out() -> None:
    found = parse(f"{HEAD}\nwifisomme,WifiSomme,6525.00,3674.00,vu\ncoop-5962,,,36000.00,\n", "h.csv")
    assert found.amounts == {
        2022: {"wifisomme": Decimal("6525.00")},
        2023: {"wifisomme": Decimal("3674.00"), "coop-5962": Decimal("36000.00")},
    }
    assert found.labels == {"wifisomme": "WifiSomme", "coop-5962": "coop-5962"}


def test_a_total_is_no_service_and_must_be_the_sum() -> None:
    rows = "a,A,1.10,2.00,\nb,B,0.05,,\n"
    assert "TOTAL" not in parse(f"{HEAD}\n{rows}TOTAL,,1.15,2.00,\n", "h.csv").labels
    with pytest.raises(Invalid, match=r"h\.csv : le total de 2022 est 1,16\s€, ses lignes font 1,15\s€"):
        parse(f"{HEAD}\n{rows}TOTAL,,1.16,2.00,\n", "h.csv")


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (f"{HEAD}\na,A,mille,2.00,\n", 2, "amount_2022"),
        (f"{HEAD}\na,A,1.005,2.00,\n", 2, "amount_2022"),
        (f"{HEAD}\na,A,1.00,2.00,\na,B,1.00,2.00,\n", 3, "code"),
        (f"{HEAD}\n,A,1.00,2.00,\n", 2, "code"),
        ("label,amount_2022\nA,1.00\n", 1, "code"),
        ("", 1, ""),
    ],
)
def test_a_bad_cell_is_told_by_line_and_column(content: str, line: int, column: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        parse(content, "h.csv")
    assert [(problem[0], problem[1]) for problem in refused.value.problems] == [(line, column)]


def test_a_file_without_amounts_says_how_to_name_them() -> None:
    with pytest.raises(Invalid, match="amount_2023"):
        parse("code,label\na,A\n", "h.csv")
