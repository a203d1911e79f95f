"""What a person chose of each finding of a plan, as typed, and each finding beside what would be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dcops.plans.choices import Choices
from dcops.plans.planning import Proposal
from dcops.plans.remedies import remedies_of
from inventory.french import folded
from inventory.models import Finding
from inventory.plan import Action, Kind

NEED_CUSTOMER = frozenset({Kind.ORDER_MACHINE, Kind.ORDER_SEATS})
"""Actions that are for somebody: a person says whom where nobody knows."""


@dataclass
class Chosen:
    """What was chosen, and what of it means nothing, by finding (None: for all of them)."""

    choices: Choices
    typed: Mapping[int, str]
    problems: dict[int | None, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """One finding of a preview: its ``action``, or why there is none; ``with_`` is a finding that settles it too."""

    finding: Finding
    kinds: tuple[Kind, ...]
    kind: Kind
    typed: str
    problem: str
    action: Action | None
    refused: str
    with_: int | None

    @property
    def asks_customer(self) -> bool:
        return self.finding.customer_id is None and self.kind in NEED_CUSTOMER


def read(
    found: Sequence[Finding], form: Mapping[str, str], effective: date, default: str, names: Mapping[str, str]
) -> Chosen:
    """What a form says: ``client-7`` and ``action-7`` of finding 7, ``client`` of those that nobody knows.

    ``default``: the action where none is chosen; ``names`` of customers by code.
    """
    codes, problems = codes_by_word(names), dict[int | None, str]()
    everyone = _code(form.get("client", ""), codes, problems, None)
    customers: dict[int, str] = {}
    for finding in found:
        code = _code(form.get(f"client-{finding.id}", ""), codes, problems, finding.id)
        code = code or (everyone if finding.customer_id is None else None)
        if code is not None:
            customers[finding.id] = code
    kinds = {finding.id: kind for finding in found if (kind := _kind(finding, form, default))}
    typed = {finding.id: form.get(f"client-{finding.id}", "") for finding in found}
    return Chosen(Choices(effective, customers, kinds), typed, problems)


def codes_by_word(names: Mapping[str, str]) -> dict[str, str]:
    """Code of a customer by what a person may type: its code, or its name where only one has it."""
    told: dict[str, str] = {}
    shared: set[str] = set()
    for code, name in names.items():
        word = folded(name)
        shared |= {word} if word in told else set()
        told[word] = code
    return {word: code for word, code in told.items() if word not in shared} | {folded(code): code for code in names}


def _code(typed: str, codes: Mapping[str, str], problems: dict[int | None, str], of: int | None) -> str | None:
    if not typed.strip():
        return None
    code = codes.get(folded(typed.strip()))
    if code is None:
        problems[of] = f"« {typed.strip()} » : collectivité inconnue ; la choisir dans la liste proposée."
    return code


def _kind(finding: Finding, form: Mapping[str, str], default: str) -> Kind | None:
    asked = form.get(f"action-{finding.id}") or default
    allowed = allowed_of(finding)
    return next((kind for kind in allowed if kind == asked), None)


def allowed_of(finding: Finding) -> tuple[Kind, ...]:
    """The actions that settle a finding; the first is the one taken without a choice."""
    return remedies_of(finding.rule, finding.sold, finding.documented, finding.real)


def drafts(found: Sequence[Finding], chosen: Chosen, proposal: Proposal) -> Iterator[Draft]:
    """Each finding with what would be done about it."""
    actions = {action.finding: action for action in proposal.actions}
    refused = {one.finding: one.why for one in proposal.refused}
    also = {other: action.finding for action in proposal.actions for other in action.findings}
    for finding in found:
        kinds = allowed_of(finding)
        yield Draft(
            finding, kinds, chosen.choices.kinds.get(finding.id, kinds[0]), chosen.typed.get(finding.id, ""),
            chosen.problems.get(finding.id, ""), actions.get(finding.id), refused.get(finding.id, ""),
            None if finding.id in actions else also.get(finding.id),
        )  # fmt: skip
