"""What a backup box held day after day beside what its plans pay for, as a figure for the chart library; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from dcops.web.charts import Figure
from inventory.backups import PlanTerm, plan_on

SHOWN_DAYS = 730


def held(measures: Mapping[date, Decimal], plans: Sequence[PlanTerm]) -> Figure:
    """A line of GB by day, those of the last two years, and a dashed one of the plan of each day, in steps."""
    days = days_shown(measures)
    return {
        "data": [
            {
                "type": "scatter", "mode": "lines", "name": "Go gardés", "x": [day.isoformat() for day in days],
                "y": [float(measures[day]) for day in days], "line": {"color": "#0b4f5c", "width": 2},
                "hovertemplate": "%{y:,.1f} Go",
            },
            {
                "type": "scatter", "mode": "lines", "name": "Forfait", "x": [day.isoformat() for day in days],
                "y": [plan_on(plans, day) for day in days], "hovertemplate": "%{y:,} Go",
                "line": {"color": "#c98200", "width": 2, "dash": "dash", "shape": "hv"},
            },
        ],
        "layout": {
            "showlegend": True,
            "yaxis": {"title": {"text": "Go"}, "rangemode": "tozero", "tickformat": ","},
            "xaxis": {"type": "date", "hoverformat": "%A %d %B %Y", "tickformat": "%b\n%Y"},
        },
    }  # fmt: skip


def days_shown(measures: Mapping[date, Decimal]) -> list[date]:
    """The measured days of the last two years before the last one."""
    if not measures:
        return []
    first = max(measures) - timedelta(days=SHOWN_DAYS)
    return sorted(day for day in measures if day > first)


def by_month(measures: Mapping[date, Decimal]) -> list[tuple[date, Decimal, Decimal, int]]:
    """(first day, average GB, largest GB, measured days) of each month that is drawn, the newest first."""
    months: dict[date, list[Decimal]] = {}
    for day in days_shown(measures):
        months.setdefault(day.replace(day=1), []).append(measures[day])
    return [
        (month, sum(gb, Decimal(0)) / len(gb), max(gb), len(gb)) for month, gb in sorted(months.items(), reverse=True)
    ]
