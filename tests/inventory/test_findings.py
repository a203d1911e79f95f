"""The life of a finding: what a run, a person and a silent source may do to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.differences import Difference, Resources
from inventory.errors import Conflict, Invalid
from inventory.findings import ACTIVE, MOVES, SETTLED, Known, State, check_move, eur_since_seen, settle, states_asked
from inventory.rules import rule_asked

NOW = datetime(2024, 6, 15, 10, tzinfo=UTC)
KEY = ("vm:a/1", "vm.unbilled", "")
SEEN = Difference(*KEY, "a", "titre", "abbeville", None, None, {"vcpu": 2}, Resources(1, 2, 4, 50))
KNOWN = Known(KEY, State.OPEN, "a", (None, None, {"vcpu": 2}), frozenset({"a", "contracts"}))
TRUSTED = {("vm.unbilled", "a")}


def known(state: State, until: date | None = None) -> dict[tuple[str, str, str], Known]:
    return {KEY: replace(KNOWN, state=state, ignored_until=until)}


def test_what_is_new_is_opened() -> None:
    changes = settle({}, [SEEN], TRUSTED, NOW)
    assert (changes.opened, changes.seen, changes.moves, changes.frozen) == ((SEEN,), (), (), ())


@pytest.mark.parametrize("state", [State.OPEN, State.ACKNOWLEDGED, State.PLANNED, State.FAILED, State.REOPENED])
def test_what_is_still_there_stays_where_it_is(state: State) -> None:
    changes = settle(known(state), [SEEN], TRUSTED, NOW)
    assert (changes.opened, changes.seen, changes.moves) == ((), (SEEN,), ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State.OPEN, State.AUTO_RESOLVED),
        (State.ACKNOWLEDGED, State.AUTO_RESOLVED),
        (State.IGNORED, State.AUTO_RESOLVED),
        (State.APPLIED, State.VERIFIED),
    ],
)
def test_what_is_gone_is_resolved_when_its_scope_answered(before: State, after: State) -> None:
    assert [move.after for move in settle(known(before), [], TRUSTED, NOW).moves] == [after]


@pytest.mark.parametrize(
    "silence",
    [
        {"trusted": set()},
        {"trusted": {("vm.unbilled", "b"), ("vm.ghost", "a")}},
        {"trusted": TRUSTED, "unsure": {"vm:a/1"}},
        {"trusted": TRUSTED, "answered": {"contracts"}},
    ],
)
def test_what_is_not_shown_by_a_silent_source_is_frozen(silence: dict[str, set[object]]) -> None:
    changes = settle(known(State.OPEN), [], now=NOW, **silence)  # type: ignore[arg-type]
    assert (changes.moves, changes.frozen) == ((), (KEY,))


@pytest.mark.parametrize("state", sorted(SETTLED))
def test_what_was_settled_stays_so_until_it_comes_back(state: State) -> None:
    gone = settle(known(state), [], TRUSTED, NOW)
    assert (gone.moves, gone.frozen) == ((), ())
    assert [move.after for move in settle(known(state), [SEEN], TRUSTED, NOW).moves] == [State.REOPENED]


@pytest.mark.parametrize("state", [State.OPEN, State.ACKNOWLEDGED, State.PLANNED, State.IGNORED])
def test_a_size_that_is_unknown_now_changes_nothing_of_what_was_seen(state: State) -> None:
    """A node that no longer answers: its machines still run, their euros are not worked out from half of a truth."""
    changes = settle(known(state), [replace(SEEN, real={"vcpu": None, "name": "x"})], TRUSTED, NOW)
    assert (changes.seen, changes.moves, changes.frozen) == ((), (), (KEY,))
    learnt = settle(known(state), [replace(SEEN, real={"vcpu": 2, "disk_gb": 50})], TRUSTED, NOW)
    assert (len(learnt.seen), learnt.frozen) == (1, ())


@pytest.mark.parametrize(
    ("seen", "words"), [(SEEN, "après la correction"), (replace(SEEN, real={"vcpu": 1}), "elle n'a pas suffi")]
)
def test_a_correction_that_did_not_work_is_failed(seen: Difference, words: str) -> None:
    (move,) = settle(known(State.APPLIED), [seen], TRUSTED, NOW).moves
    assert move.after is State.FAILED
    assert move.why.endswith(words)


def test_ignored_holds_for_the_values_seen_and_until_its_day() -> None:
    assert settle(known(State.IGNORED), [SEEN], TRUSTED, NOW).moves == ()
    grown = replace(SEEN, real={"vcpu": 8})
    assert [m.after for m in settle(known(State.IGNORED), [grown], TRUSTED, NOW).moves] == [State.REOPENED]
    assert settle(known(State.IGNORED, date(2024, 6, 16)), [SEEN], TRUSTED, NOW).moves == ()
    due = settle(known(State.IGNORED, date(2024, 6, 15)), [SEEN], TRUSTED, NOW)
    assert [move.after for move in due.moves] == [State.REOPENED]


def test_moves_that_make_no_sense_are_refused() -> None:
    check_move(State.OPEN, State.ACKNOWLEDGED)
    with pytest.raises(Conflict, match="un écart résolu ne peut pas devenir ignoré"):
        check_move(State.AUTO_RESOLVED, State.IGNORED)


@given(st.sampled_from(list(State)), st.booleans(), st.booleans(), st.booleans())
def test_a_run_only_makes_moves_that_are_allowed(state: State, seen: bool, trusted: bool, grown: bool) -> None:
    shown = [replace(SEEN, real={"vcpu": 8} if grown else SEEN.real)] if seen else []
    for move in settle(known(state), shown, TRUSTED if trusted else set(), NOW).moves:
        assert move.after in MOVES[state]
        assert trusted or move.after not in SETTLED


def test_every_state_can_be_left_or_reopened() -> None:
    assert set(MOVES) == set(State)
    assert ACTIVE | SETTLED | {State.IGNORED} == set(State)
    assert all(after in State for moves in MOVES.values() for after in moves)


def test_euros_since_seen_count_civil_days_and_are_rounded_once() -> None:
    year = Decimal("365.00")
    assert eur_since_seen(year, NOW, NOW) == Decimal("0.00")
    assert eur_since_seen(year, NOW, NOW + timedelta(days=10)) == Decimal("10.00")
    assert eur_since_seen(Decimal("120.00"), NOW, NOW + timedelta(days=38)) == Decimal("12.49")
    late = datetime(2024, 6, 15, 21, 59, tzinfo=UTC)  # 23:59 in Paris
    assert eur_since_seen(year, late, late + timedelta(minutes=2)) == Decimal("1.00")


@pytest.mark.parametrize(
    ("asked", "states"),
    [(None, ACTIVE), ("all", None), ("ALL", None), ("open", {State.OPEN}), ("auto-resolved", {State.AUTO_RESOLVED})],
)
def test_the_states_of_a_list_are_asked_by_name(asked: str | None, states: set[State] | None) -> None:
    assert states_asked(asked) == states


@pytest.mark.parametrize("asked", ["", "ouvert", "OPEN,FAILED"])
def test_a_state_that_does_not_exist_is_refused_with_those_that_do(asked: str) -> None:
    with pytest.raises(Invalid, match="AUTO_RESOLVED"):
        states_asked(asked)


def test_a_rule_that_does_not_exist_is_refused_with_those_that_do() -> None:
    assert (rule_asked(None), rule_asked("vm.ghost")) == (None, "vm.ghost")
    with pytest.raises(Invalid, match=r"« vm.gost » inconnue : vm.unbilled, vm.after-end"):
        rule_asked("vm.gost")
