"""``dcops doctor``: look at everything an installation needs, and say what is missing."""

from __future__ import annotations

import sys

import click

from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts


@click.command()
@json_option
@pass_parts
def doctor(parts: Parts, as_json: bool) -> None:
    """Check settings, secrets (never shown), database, profiles and sources; exit 1 when something fails."""
    from dcops.monitoring.diagnosis import diagnose

    found = diagnose(parts)
    width = max(len(check.name) for check in found)
    lines = [f"{'ok    ' if check.ok else 'ÉCHEC '} {check.name:<{width}}  {check.message}" for check in found]
    document = [{"check": check.name, "ok": check.ok, "message": check.message} for check in found]
    emit(document, as_json, "\n".join(lines))
    if not all(check.ok for check in found):
        sys.exit(1)
