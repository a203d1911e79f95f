"""``dcops meters allocation``: how a rack is divided between the shares that have no meter of their own."""

from __future__ import annotations

import getpass
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import DATE, emit, json_option, pass_parts
from dcops.wiring import Parts

if TYPE_CHECKING:
    from metering.models import AllocationPolicy


@click.group()
def allocation() -> None:
    """How a rack is divided between its shares without meter."""


@allocation.command("set")
@click.argument("policy", type=click.Choice(["units", "power", "equal"]))
@click.option("--rack", help="A rack, by name; without it, every rack that has no policy of its own.")
@click.option("--from", "first", type=DATE, required=True, help="First civil day (Europe/Paris).")
@click.option("--reason", required=True, help="Why, for who reads the bill one day.")
@click.option("--author", default=getpass.getuser, show_default="login name", help="Who decided.")
@json_option
@pass_parts
def set_(parts: Parts, /, policy: str, rack: str | None, first: date, reason: str, author: str, as_json: bool) -> None:
    """Divide by POLICY from a day on: rack units, contracted power, or equally."""
    from metering.period import midnight
    from metering.places.policies import decide_policy

    with parts.database.transaction() as tx:
        decided = decide_policy(tx, rack, policy, midnight(first), author=author, reason=reason, now=parts.clock.now())
        document = _document(decided)
    emit(document, as_json, _text(document))


@allocation.command("list")
@json_option
@pass_parts
def list_(parts: Parts, as_json: bool) -> None:
    """Every decision, by date."""
    from metering.places.place_store import allocation_policies

    with parts.database.transaction() as tx:
        rows = [_document(one) for one in allocation_policies(tx)]
    emit(rows, as_json, "\n".join(map(_text, rows)) or "toutes les baies se partagent par unités.")


def _document(decided: AllocationPolicy) -> dict[str, Any]:
    return {
        "rack": decided.rack.name if decided.rack else None,
        "policy": decided.policy,
        "from": decided.start.isoformat(),
        "author": decided.author,
        "reason": decided.reason,
    }


def _text(row: dict[str, Any]) -> str:
    from datetime import datetime

    from inventory.french import instant
    from metering.places.policies import POLICIES

    where = f"baie {row['rack']}" if row["rack"] else "toutes les baies"
    since = instant(datetime.fromisoformat(row["from"]))
    return f"{where} : {POLICIES[row['policy']]} à partir du {since} ({row['author']} : {row['reason']})"
