"""How the reasons of a line are told to a person in a terminal."""

from __future__ import annotations

from dcops.billing.charge import days_words
from dcops.billing.why import Why
from dcops.contracts.terms import Term
from dcops.money import french, number
from inventory.french import instant, kwh

KINDS = {"change": "avenant", "end": "résiliation", "resume": "reprise"}


def text(why: Why) -> str:
    """Sentences of the bill, then the contract, its amendments and the readings."""
    line = why.line
    days = days_words(line.start, line.end)
    head = f"{why.document.number}, ligne {line.position} : {line.label}, {days} = {french(line.amount)}"
    terms = [f"  contrat « {why.order['name']} » : {_term(term)}" for term in why.terms]
    amendments = [
        f"  {KINDS[each.kind]} du {each.effective:%d/%m/%Y} par {each.author} : {each.reason}"
        for each in why.amendments
    ]
    readings = [
        f"  relevé {each.meter} le {instant(each.at)} : {kwh(each.wh)} kWh ({each.source})" for each in why.readings
    ]
    credited = [f"  crédité par {number}" for number in why.credited_by]
    return "\n".join(
        [head, *(f"  {sentence}" for sentence in line.explanation), *terms, *amendments, *readings, *credited]
    )


def _term(term: Term) -> str:
    days = f"depuis le {term.start:%d/%m/%Y}" if term.end is None else days_words(term.start, term.end)
    agreed = f" à {french(term.agreed_price)} convenus" if term.agreed_price is not None else ""
    return f"{number(term.quantity)}{agreed}, {days}"
