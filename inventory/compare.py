"""Sold, documented and real, compared: every difference, and what may be concluded from a silence; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from operator import attrgetter

from inventory.absences import Conclusion
from inventory.answers import Answers
from inventory.antivirus_rules import antivirus_differences
from inventory.backup_rules import backup_differences, unsure_stores
from inventory.differences import Difference, Resources, Tolerances
from inventory.doc_places import place_differences
from inventory.doc_rules import doc_differences
from inventory.doubts import unsure_things
from inventory.facts import Snapshot
from inventory.gathering import gather_machines
from inventory.links import Memory
from inventory.power_rules import power_differences
from inventory.rack_rules import rack_differences
from inventory.vm_rules import thing_at, vm_differences

__all__ = ["Comparison", "Difference", "Resources", "Tolerances", "compare", "examine"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one run shows.

    ``trusted`` holds the (rule, scope) whose silence means resolved; ``unsure`` the things of which something is
    unknown, whose findings stay as they are. ``conclusion`` is what the next run has to know, ``moved`` the things that
    have another name since their machine moved: new name -> old.
    """

    differences: tuple[Difference, ...]
    trusted: frozenset[tuple[str, str]]
    unsure: frozenset[str]
    answers: Answers
    conclusion: Conclusion = field(default_factory=Conclusion)
    moved: Mapping[str, str] = field(default_factory=dict)


def compare(
    snapshots: Sequence[Snapshot],
    on: date,
    tolerances: Tolerances | None = None,
    names: Mapping[str, str] | None = None,
) -> list[Difference]:
    """Every difference on a day, in the order of their keys; each key is unique. ``names`` as in ``examine``."""
    return list(examine(snapshots, on, tolerances, names).differences)


def examine(
    snapshots: Sequence[Snapshot],
    on: date,
    tolerances: Tolerances | None = None,
    names: Mapping[str, str] | None = None,
    memory: Memory | None = None,
) -> Comparison:
    """Every difference on a day, with what the answers can be trusted for. Linear in the number of facts.

    ``names``: customer code -> name as people write it, for the titles; a code without one is shown as it is;
    ``memory``: what earlier runs knew of the machines, see ``inventory.links``.
    """
    answers, names = Answers(tuple(snapshots)), names or {}
    machines = gather_machines(answers, on, memory)
    found = [*vm_differences(machines, on, tolerances or Tolerances(), names), *rack_differences(answers, on, names)]
    found += power_differences(answers, on, names)
    found += [*backup_differences(answers, machines, on, names), *antivirus_differences(answers, on, names)]
    found += [*doc_differences(machines), *place_differences(answers, on, names)]
    return Comparison(
        _with_unique_keys(found),
        frozenset(answers.trusted()),
        frozenset(unsure_things(machines) | unsure_stores(answers)),
        answers,
        machines.conclusion,
        {thing_at(new): thing_at(old) for new, old in machines.known.moved.items()},
    )


def _with_unique_keys(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """In the order of the keys; homonyms are numbered by their values, whatever people call their customers."""
    unique: list[Difference] = []
    key = attrgetter("key")
    for _, group in groupby(sorted(differences, key=key), key):
        homonyms = list(group)
        if len(homonyms) > 1:
            homonyms.sort(key=lambda one: repr(replace(one, title="")))
        unique.append(homonyms[0])
        unique += [replace(one, thing=f"{one.thing}#{count}") for count, one in enumerate(homonyms[1:], 2)]
    return tuple(unique)
