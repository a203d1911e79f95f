"""Sources that no longer tell everything: from when it is said, of which, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from inventory.answers import Answers
from inventory.differences import Resources
from inventory.facts import Scope, ScopeStatus, Snapshot
from inventory.stale_rules import stale_differences

NOW = datetime(2024, 6, 15, 10, tzinfo=UTC)
AFTER = timedelta(hours=48)
FAULT = "NetBox (https://netbox) : délai de 30 s dépassé."


def answer(status: ScopeStatus, source: str = "netbox", kind: str = "documented") -> Snapshot:
    faults = () if status is ScopeStatus.COMPLETE else (FAULT, "et une autre")
    return Snapshot(source, kind, NOW, 0.1, (Scope("racks", status, faults=faults),))


@pytest.mark.parametrize("status", [ScopeStatus.PARTIAL, ScopeStatus.FAILED])
def test_a_source_is_stale_when_its_last_whole_answer_is_too_old(status: ScopeStatus) -> None:
    silent, heard = answer(status), NOW - AFTER
    assert list(stale_differences([silent], {"netbox": heard}, NOW, AFTER)) == []
    (one,) = stale_differences([silent], {"netbox": heard - timedelta(seconds=1)}, NOW, AFTER)
    assert one.key == ("source:netbox", "source.stale", "")
    assert (one.scope, one.customer, one.resources) == ("netbox", None, Resources())
    assert one.title == f"Source NetBox : n'a pas tout dit depuis le 13/06/2024 11:59 : {FAULT}"
    assert (one.sold, one.real) == (None, None)
    assert one.documented == {"status": status.value, "from": "2024-06-13"}


def test_a_source_that_never_answered_whole_is_stale_at_once() -> None:
    (one,) = stale_differences([answer(ScopeStatus.FAILED, "amiens-a", "real")], {"netbox": NOW}, NOW, AFTER)
    assert one.title == f"Source amiens-a : n'a encore jamais tout dit : {FAULT}"
    assert one.real == {"status": "failed", "from": None}


def test_a_source_that_answers_whole_now_is_not() -> None:
    assert list(stale_differences([answer(ScopeStatus.COMPLETE)], {}, NOW, AFTER)) == []


def test_one_scope_that_fails_makes_the_source_answer_in_part() -> None:
    whole = answer(ScopeStatus.COMPLETE)
    half = replace(whole, scopes=(*whole.scopes, Scope("virtual-machines", ScopeStatus.FAILED, faults=(FAULT,))))
    (one,) = stale_differences([half], {"netbox": NOW - 2 * AFTER}, NOW, AFTER)
    assert (one.documented["status"], FAULT in one.title) == ("partial", True)


def test_sources_come_by_name_and_a_run_that_asked_them_settles_their_findings() -> None:
    asked = [answer(ScopeStatus.FAILED, name, "real") for name in ("b", "a", "c")] + [answer(ScopeStatus.COMPLETE)]
    stale = list(stale_differences(asked, {"c": NOW}, NOW, AFTER))
    assert [one.scope for one in stale] == ["a", "b"]
    trusted = Answers(asked).trusted()
    assert {("source.stale", name) for name in ("a", "b", "c", "netbox")} <= trusted
