"""``dcops findings approve|reused|choose``: what a person says of machines that are missing, replaced or alike."""

from __future__ import annotations

import getpass

import click

from dcops.commands import ID, emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.errors import Invalid

NEXT = "le prochain rapprochement en tient compte."
author_option = click.option("--author", default=getpass.getuser, show_default="login name", help="Who decides.")


@click.command()
@click.argument("scope")
@author_option
@json_option
@pass_parts
def approve(parts: Parts, scope: str, author: str, as_json: bool) -> None:
    """Believe what is missing from SCOPE (a cluster, or "documented") although it is more than the ceiling."""
    from inventory.french import counted
    from inventory.removals import approve as believe

    with parts.database.transaction() as tx:
        places = [f"{link.cluster}/{link.vmid}" for link in believe(tx, scope, author)]
    told = counted(len(places), "disparition approuvée", "disparitions approuvées")
    listed = "".join(f"\n  {place}" for place in places)
    emit({"scope": scope, "approved": places}, as_json, f"{told} ; {NEXT}{listed}")


@click.command()
@click.argument("id", type=ID)
@click.option("--same/--other", "same", default=None, help="The same machine with another fingerprint, or another one.")
@click.option("--why", required=True, help="How that is known.")
@author_option
@json_option
@pass_parts
def reused(parts: Parts, id: int, same: bool | None, why: str, author: str, as_json: bool) -> None:
    """Say whose place it is that another machine seems to have taken (vm.reused-id)."""
    from inventory.reuse import settle_reuse

    if same is None:
        raise Invalid("dire si c'est la même machine (--same) ou une autre (--other).")
    with parts.database.transaction() as tx:
        thing = settle_reuse(tx, id, same, author, why, parts.clock.now()).thing
    told = "la même machine" if same else "une autre machine"
    emit(
        {"id": id, "thing": thing, "same": same},
        as_json,
        f"{thing} : {told} ; le prochain rapprochement en tient compte.",
    )


@click.command()
@click.argument("id", type=ID)
@click.argument("place")
@click.option("--why", required=True, help="How that is known.")
@author_option
@json_option
@pass_parts
def choose(parts: Parts, id: int, place: str, why: str, author: str, as_json: bool) -> None:
    """Say which real machine, CLUSTER/VMID, is the one that several could be (vm.ambiguous)."""
    from inventory.reuse import choose as decide

    cluster, _, vmid = place.rpartition("/")
    if not cluster or not vmid.isdecimal():
        raise Invalid(f"« {place} » : désigner la machine par CLUSTER/VMID, par exemple amiens-a/101.")
    with parts.database.transaction() as tx:
        thing = decide(tx, id, (cluster, int(vmid)), author, why, parts.clock.now()).thing
    emit(
        {"id": id, "thing": thing, "place": place},
        as_json,
        f"{thing} est {place} ; le prochain rapprochement en tient compte.",
    )
