"""A reviewed plan carried out action by action: each is done once or not at all, whatever happens half way."""

from __future__ import annotations

from dataclasses import dataclass

from dcops.wiring import Parts


@dataclass(frozen=True)
class Outcome:
    """How many actions were done, refused, out of date, left to a person; ``messages`` says each in French."""

    applied: int = 0
    failed: int = 0
    outdated: int = 0
    by_hand: int = 0
    messages: tuple[str, ...] = ()


def apply(parts: Parts, plan_id: int, checksum: str, who: str) -> Outcome:
    """Do what is pending of a plan. ``checksum`` (its first 8 characters at least) must be the reviewed one.

    Raises NotFound, and Conflict for another checksum or a plan that was abandoned.
    """
    raise NotImplementedError
