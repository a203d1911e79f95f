"""``dcops serve``: pages, API, metrics and scheduled jobs in one process."""

from __future__ import annotations

import click

from dcops.commands import pass_parts
from dcops.wiring import Parts


@click.command()
@click.option("--bind", default=None, metavar="ADDRESS:PORT", help="Where to listen (default: web.bind).")
@click.option("--no-jobs", is_flag=True, help="Serve without firing the scheduled jobs.")
@pass_parts
def serve(parts: Parts, bind: str | None, no_jobs: bool) -> None:
    """Serve the web interface, the API and the scheduler until stopped."""
    from dcops.server import serve as run

    where = bind or parts.settings.web.bind
    host, _, port = where.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise click.BadParameter(f"{where!r} is not ADDRESS:PORT", param_hint="--bind")
    run(parts, where, not no_jobs)
