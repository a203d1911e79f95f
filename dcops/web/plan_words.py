"""Words of the pages for where a plan and its actions are."""

from __future__ import annotations

from dcops.web.listing import Badge

PLAN_STATES = {
    "draft": Badge("à relire", "warn"),
    "applying": Badge("en cours", "info"),
    "applied": Badge("appliqué", "good"),
    "abandoned": Badge("abandonné"),
}
ACTION_STATES = {
    "pending": Badge("à faire", "info"),
    "applied": Badge("fait", "good"),
    "failed": Badge("en échec", "bad"),
    "outdated": Badge("périmé", "warn"),
}


def plan_state(state: str) -> Badge:
    """Where a plan is."""
    return PLAN_STATES[state]


def action_state(state: str) -> Badge:
    """What became of an action."""
    return ACTION_STATES[state]
