"""``dcops sync`` and ``dcops reconcile``: ask the sources, compare what they tell."""

from __future__ import annotations

import click

from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.errors import NotFound, Unavailable
from inventory.french import plural
from inventory.sources import Source


@click.command()
@click.argument("source", nargs=-1)
@json_option
@pass_parts
def sync(parts: Parts, source: tuple[str, ...], as_json: bool) -> None:
    """Ask the sources (all, or those named) what they know, and keep their answers."""
    from inventory.reconcile import described, gather, human_of_source, record

    snapshots = gather(_asked(parts, source), parts.clock)
    with parts.database.transaction() as tx:
        record(tx, snapshots)
    told = described(snapshots)
    emit({"sources": told}, as_json, "\n".join(map(human_of_source, told)))
    failed = sorted({scope["source"] for scope in told if scope["status"] == "failed"})
    if failed:
        who = plural(len(failed), "source")
        raise Unavailable(f"{who} sans réponse : {', '.join(failed)}. Leurs écarts restent en l'état.")


def _asked(parts: Parts, names: tuple[str, ...]) -> list[Source]:
    known = {source.name: source for source in parts.sources()}
    for name in names:
        if name not in known:
            raise NotFound(f"source « {name} » inconnue : {', '.join(known)}.")
    return [known[name] for name in names or known]


@click.command()
@json_option
@pass_parts
def reconcile(parts: Parts, as_json: bool) -> None:
    """Ask every source, then compare what is sold, documented and real."""
    from dcops.contracts.valuation import Valuation
    from inventory.reconcile import gather, record
    from inventory.reconcile import reconcile as settle

    snapshots = gather(parts.sources(), parts.clock)
    with parts.database.transaction() as tx:
        record(tx, snapshots)
        report = settle(tx, snapshots, Valuation(tx), parts.clock.now())
    emit(report.document(), as_json, report.human())
