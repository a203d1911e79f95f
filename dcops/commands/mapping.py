"""``dcops mapping``: the rules that say whose a thing is, what each one decides, and a trial of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts

if TYPE_CHECKING:
    from inventory.mapping import Step
    from inventory.mapping_review import Review


@click.group()
def mapping() -> None:
    """Whose a thing is, by what outside systems write on it."""


@mapping.command("list")
@json_option
@pass_parts
def list_rules(parts: Parts, as_json: bool) -> None:
    """List the rules in order, with how many things each one decides and what is left to nobody."""
    from inventory.mapped import reviewed
    from inventory.mapping_review import MACHINE, TENANT

    with parts.database.transaction() as tx:
        found = reviewed(tx, parts.customer_rules())
    rows = [
        {
            "rule": number,
            "source": rule.source,
            "match": rule.match,
            "customer": rule.customer,
            "machines": found.count(number, MACHINE),
            "tenants": found.count(number, TENANT),
        }
        for number, rule in enumerate(parts.customer_rules().rules, 1)
    ]
    document = {"rules": rows, **_left(found)}
    lines = [
        f"{row['rule']:>3}  {row['source']:<16} {row['match']:<28} → {row['customer']:<12} "
        f"machines : {row['machines']}, locataires : {row['tenants']}"
        for row in rows
    ]
    left = [f"sans règle : {thing['name']} ({thing['words'] or 'aucun mot'})" for thing in document["undecided"]]
    left += [f"code inconnu : {row['customer']} (règle {row['rule']}, {row['name']})" for row in document["unknown"]]
    emit(document, as_json, "\n".join(lines + left))


def _left(found: Review) -> dict[str, list[dict[str, Any]]]:
    return {
        "undecided": [{"kind": one.kind, "name": one.name, "words": one.words} for one in found.nobody],
        "unknown": [
            {"kind": one.kind, "name": one.name, "rule": by.rule, "word": by.word, "customer": by.customer}
            for one, by in found.strangers
        ],
    }


@mapping.command()
@click.option("--pool", help="Its pool in Proxmox.")
@click.option("--tag", "tags", multiple=True, help="One of its tags in Proxmox; may be repeated.")
@click.option("--tenant", help="The slug of its tenant in NetBox.")
@click.option("--name", help="Its name.")
@json_option
@pass_parts
def test(
    parts: Parts, pool: str | None, tags: tuple[str, ...], tenant: str | None, name: str | None, as_json: bool
) -> None:
    """Say whose a thing would be, and what each rule says of it."""
    from inventory.mapping_review import hints_of

    steps = parts.customer_rules().trace(hints_of(pool, tags, tenant, name))
    decided = next((step for step in steps if step.decides), None)
    document = {
        "customer": decided.customer if decided else None,
        "rule": decided.number if decided else None,
        "steps": [
            {
                "rule": step.number,
                "decides": step.decides,
                "word": step.word,
                "customer": step.customer,
                "why": step.why,
            }
            for step in steps
        ],
    }
    lines = [f"{'→' if step.decides else ' '} {step.number}. {step.rule.source} : {step.why}" for step in steps]
    found = f"collectivité : {decided.customer} (règle {decided.number})." if decided else "aucune règle ne décide."
    emit(document, as_json, "\n".join([*lines, found]))


def _step(step: Step) -> dict[str, Any]:
    said = {"word": step.word, "customer": step.customer, "why": step.why}
    return {"rule": step.number, "source": step.rule.source, "decides": step.decides, **said}
