"""Words of the pages for where a plan and its actions are, and exactly what an action does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dcops.plans.documentation import requests_shown
from dcops.web.listing import Badge
from dcops.web.truths import pairs
from dcops.wiring import Parts
from inventory.plan import ACTION_STATES, PLAN_STATES, Kind

PLAN_TONES = {"draft": "warn", "applying": "info", "applied": "good", "degraded": "bad"}
ACTION_TONES = {"pending": "info", "applied": "good", "failed": "bad", "outdated": "warn"}


class Doing(Protocol):
    """An action, proposed or kept."""

    @property
    def kind(self) -> str: ...
    @property
    def payload(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Exactly:
    """What an action does: the requests it sends to NetBox, else the values that it writes."""

    requests: list[str]
    values: list[tuple[str, str]]


def exactly(parts: Parts, action: Doing, names: Mapping[str, str]) -> Exactly:
    """What an action does, nothing left out; ``names`` of customers by code."""
    requests = requests_shown(parts, Kind(action.kind), action.payload)
    return Exactly(requests, [] if requests else list(pairs("", dict(action.payload), names)))


def plan_state(state: str) -> Badge:
    """Where a plan is."""
    return Badge(PLAN_STATES[state], PLAN_TONES.get(state, "none"))


def action_state(state: str) -> Badge:
    """What became of an action."""
    return Badge(ACTION_STATES[state], ACTION_TONES[state])
