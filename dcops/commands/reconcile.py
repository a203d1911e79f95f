"""``dcops sync`` and ``dcops reconcile``: ask the sources, compare what they tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.errors import NotFound, Unavailable
from inventory.sources import Source

OWN = frozenset({"contracts", "meters"})
"""The sources that read dcops' own database."""
Told = Sequence[Mapping[str, Any]]
"""Scopes of sources as ``inventory.report.described`` gives them."""


@click.command()
@click.argument("source", nargs=-1)
@json_option
@pass_parts
def sync(parts: Parts, source: tuple[str, ...], as_json: bool) -> None:
    """Ask the sources (all, or those named) what they know, and keep their answers."""
    from dcops.jobs import work
    from inventory.report import described, human_of_source

    told = described(work.ask(parts, _asked(parts, source)))
    emit({"sources": told}, as_json, "\n".join(map(human_of_source, told)))
    failed = [scope for scope in told if scope["status"] == "failed"]
    if failed:
        raise Unavailable(_silent(failed))


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
    from dcops.jobs import work

    report, _ = work.compare(parts)
    emit(report.document(), as_json, report.human())
    _warn(report.sources)


def _warn(told: Told) -> None:
    """Say on stderr which sources were silent. Raises Unavailable when no outside source answered at all."""
    outside = [scope for scope in told if scope["source"] not in OWN]
    failed = [scope for scope in outside if scope["status"] == "failed"]
    if failed and len(failed) == len(outside):
        raise Unavailable(_silent(failed))
    if failed:
        click.echo(f"Attention : {_silent(failed)}", err=True)


def _silent(failed: Told) -> str:
    """One line: why each of these sources did not answer (its first reason), and what became of their findings."""
    reasons: dict[str, str] = {}
    for scope in failed:
        reasons.setdefault(scope["source"], scope["faults"][0] if scope["faults"] else "sans réponse.")
    return f"{' '.join(reasons.values())} Écarts de {', '.join(sorted(reasons))} laissés en l'état."
