"""Three truths side by side: what differs is said; what one alone tells is no difference; raw facts are found."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcops.web.trend import trend_chart
from dcops.web.truths import Line, side_by_side
from inventory.told import speaking
from tests.conftest import NOW


def test_truths_that_speak_are_compared_and_the_others_are_not() -> None:
    lines = side_by_side(
        "", ({"vcpu": 2, "customer": "roye", "from": "2024-01-31"}, None, {"vcpu": 4, "customer": "roye"}),
        {"roye": "Ville de Roye"},
    )  # fmt: skip
    assert lines == [
        Line("vCPU", ("2",), (), ("4",), True),
        Line("Collectivité", ("Ville de Roye",), (), ("Ville de Roye",), False),
        Line("Depuis le", ("31/01/2024",), (), (), None),
    ]


def test_a_bare_value_is_that_of_the_field_and_several_things_follow_one_another() -> None:
    (line,) = side_by_side("vcpu", (2, None, "4.50"), {})
    assert line == Line("vCPU", ("2",), (), ("4,50",), True)
    (name,) = side_by_side("", ([{"name": "web"}], None, [{"name": "web"}, {"name": "web"}]), {})
    assert name == Line("Nom", ("web",), (), ("web", "web"), False)


@given(st.recursive(st.none() | st.integers() | st.text() | st.booleans(), lambda inner: st.lists(inner, max_size=3) |
       st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=12))  # fmt: skip
def test_whatever_a_source_says_is_shown(values: object) -> None:
    for line in side_by_side("x", (values, values, None), {}):
        assert line.sold == line.documented
        assert line.differs is False


GUESTS = [
    {"type": "guest", "cluster": "a", "vmid": 7, "name": "web"},
    {"type": "guest", "cluster": "b", "vmid": 7, "name": "web"},
    {"type": "guest", "cluster": "a", "vmid": 8, "name": "db"},
]
RACKS = [
    {"type": "rack", "name": "A01"}, {"type": "mounting", "rack": "A01", "name": "srv"},
    {"type": "mounting", "rack": "A02", "name": "srv2"}, {"type": "appliance", "serial": "SN-1", "name": "nas"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("thing", "values", "facts", "places"),
    [
        ("vm:a/7", (None, None, None), GUESTS, [0]),
        ("vm:a/9", (None, None, {"name": "db"}), GUESTS, [2]),
        ("vm:web", (None, None, [{"cluster": "a", "vmid": 7}, {"cluster": "b", "vmid": 7}]), GUESTS, [0, 1]),
        ("rack:A01", (None, None, None), RACKS, [0, 1]),
        ("nas:SN-1", (None, None, None), RACKS, [3]),
        ("tenant:nobody", (None, None, None), RACKS, []),
    ],
)
def test_the_facts_of_a_finding_are_those_of_its_place_else_of_its_name(
    thing: str, values: tuple[object, object, object], facts: list[dict[str, object]], places: list[int]
) -> None:
    assert speaking(thing, values, facts) == [facts[place] for place in places]


def run(days: int, active: int, last: int | None = None) -> SimpleNamespace:
    at: datetime = NOW + timedelta(days=days)
    until = at if last is None else NOW + timedelta(days=last)
    return SimpleNamespace(at=at, last_at=until, active=active, eur_per_year=Decimal(active * 10))


def test_the_trend_steps_from_run_to_run_and_goes_on_while_nothing_changes() -> None:
    figure = trend_chart([run(0, 3), run(2, 5, last=9)])
    assert figure is not None
    euros, counts = figure["data"]
    assert euros["x"] == ["2024-06-15 12:00", "2024-06-17 12:00", "2024-06-24 12:00"]
    assert euros["y"] == [30, 50, 50]
    assert counts["y"] == [3, 5, 5]
    assert euros["line"]["shape"] == "hv"


def test_one_run_alone_is_no_trend() -> None:
    assert trend_chart([]) is None
    assert trend_chart([run(0, 3)]) is None
    assert trend_chart([run(0, 3, last=1)]) is not None
