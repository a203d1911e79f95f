"""Guests of three truths are brought together by place, then by name; ties wait for a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.facts import Guest
from inventory.match import Matching, match


def guest(name: str | None, cluster: str | None = None, vmid: int | None = None, **more: object) -> Guest:
    return Guest(name, cluster, vmid, **more)  # type: ignore[arg-type]


def named(matching: Matching) -> set[tuple[str | None, str | None, str | None]]:
    return {
        tuple(member.reference if member else None for member in (trio.sold, trio.documented, trio.real))  # type: ignore[misc]
        for trio in matching.trios
    }


def test_the_place_wins_over_the_name() -> None:
    found = match(
        [guest("web", "a", 101, reference="s1"), guest("db", "a", 102, reference="s2")],
        [],
        [guest("db", "a", 101, reference="r1"), guest("web", "a", 102, reference="r2")],
    )
    assert named(found) == {("s1", None, "r1"), ("s2", None, "r2")}


def test_the_name_in_the_cluster_comes_next_whatever_the_case() -> None:
    found = match(
        [guest("Web", "a", reference="s")],
        [guest("WEB", "a", reference="d")],
        [guest("web", "a", 101, reference="r"), guest("web", "b", 201, reference="other")],
    )
    assert named(found) == {("s", "d", "r"), (None, None, "other")}


def test_a_unique_name_is_enough_at_last() -> None:
    found = match(
        [guest("web", reference="s")], [guest("WEB", "Grappe", reference="d")], [guest("web", "a", 1, reference="r")]
    )
    assert named(found) == {("s", "d", "r")}


def test_a_name_never_brings_two_vmids_of_two_clusters_together() -> None:
    found = match([guest("web", "a", 101, reference="s")], [], [guest("web", "b", 202, reference="r")])
    assert named(found) == {("s", None, None), (None, None, "r")}
    assert found.ties == ()


@pytest.mark.parametrize(("home", "silent"), [("a", "a"), (None, "a")])
def test_a_name_is_not_enough_while_the_machine_may_run_in_a_silent_cluster(home: str | None, silent: str) -> None:
    sold, real = [guest("web", home, reference="s")], [guest("web", "b", 201, reference="r")]
    found = match(sold, [], real, frozenset({silent}))
    assert named(found) == {("s", None, None), (None, None, "r")}
    assert [trio.unsure for trio in found.trios if trio.real] == [{"sold"}]
    assert named(match(sold, [], real, frozenset({"b"}))) == {("s", None, "r")}


def test_a_silent_cluster_says_nothing_of_a_machine_of_another_vmid() -> None:
    found = match([guest("web", "a", 101)], [], [guest("web", "b", 201)], frozenset({"a"}))
    assert [trio.unsure for trio in found.trios] == [frozenset(), frozenset()]


def test_a_tie_is_kept_apart_and_marks_its_candidates() -> None:
    found = match(
        [guest("web", reference="s")], [], [guest("web", "a", 1, reference="r1"), guest("web", "b", 2, reference="r2")]
    )
    assert [tie.truth for tie in found.ties] == ["sold"]
    assert [one.reference for one in found.ties[0].guests] == ["s"]
    assert [one.reference for one in found.ties[0].candidates] == ["r1", "r2"]
    assert named(found) == {(None, None, "r1"), (None, None, "r2")}
    assert all(trio.unsure == {"sold"} for trio in found.trios)


def test_sold_and_documented_meet_without_a_real_one() -> None:
    found = match([guest("web", "a", 1, reference="s")], [guest("web", "a", reference="d")], [])
    assert named(found) == {("s", "d", None)}


def test_templates_are_dropped() -> None:
    assert match([], [], [guest("debian", "a", 9000, template=True)]).trios == ()


def test_what_bears_no_name_stays_alone() -> None:
    found = match([], [guest(None, reference="d")], [guest(None, "a", 1, reference="r")])
    assert named(found) == {(None, "d", None), (None, None, "r")}


guests = st.lists(
    st.builds(
        Guest,
        name=st.sampled_from(["web", "Web", "db", None]),
        cluster=st.sampled_from(["a", "b", None]),
        vmid=st.sampled_from([1, 2, None]),
        template=st.sampled_from([False, False, True]),
    ),
    max_size=6,
)


def numbered(found: list[Guest], letter: str) -> list[Guest]:
    return [
        guest(g.name, g.cluster, g.vmid, template=g.template, reference=f"{letter}{i}") for i, g in enumerate(found)
    ]


@given(guests, guests, guests)
def test_nobody_is_lost_and_nobody_is_twice(sold: list[Guest], documented: list[Guest], real: list[Guest]) -> None:
    truths = [numbered(sold, "s"), numbered(documented, "d"), numbered(real, "r")]
    found = match(*truths)
    told = [m.reference for trio in found.trios for m in (trio.sold, trio.documented, trio.real) if m]
    told += [one.reference for tie in found.ties for one in tie.guests]
    assert sorted(map(str, told)) == sorted(str(g.reference) for truth in truths for g in truth if not g.template)


@given(guests, guests, guests, st.randoms())
def test_the_order_does_not_matter(
    sold: list[Guest], documented: list[Guest], real: list[Guest], random: object
) -> None:
    truths = [numbered(sold, "s"), numbered(documented, "d"), numbered(real, "r")]
    shuffled = [list(truth) for truth in truths]
    for truth in shuffled:
        random.shuffle(truth)  # type: ignore[attr-defined]
    assert match(*truths) == match(*shuffled)
