"""The list of findings: what its address asks for, its columns, its filters, and what it adds up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from flask import url_for

from dcops.web.listing import Badge, Column, Filter
from dcops.web.rule_words import words_of
from dcops.web.sql_listing import SqlListing
from dcops.web.words import finding_state
from inventory import board_store
from inventory.answers import SPACE_SCOPE, TENANTS_SCOPE
from inventory.board import Sums, Wanted
from inventory.findings import ACTIVE, IN_FRENCH, UNDECIDED, State, eur_since_seen
from inventory.french import source_named
from inventory.models import Finding, SourceSnapshot
from inventory.orm import Transaction
from inventory.rules import RULES

AGREED = "Aucun écart : ce qui est vendu, documenté et réel concordent."
EVERY_STATE, TO_DECIDE = "tous", "a-decider"
HEARD = {"muette": True, "entendue": False}
SINCE = (
    ("1", "Nouveaux depuis 24 h"), ("7", "Nouveaux depuis 7 jours"), ("30", "Nouveaux depuis 30 jours"),
    ("30+", "Depuis plus de 30 jours"), ("90+", "Depuis plus de 90 jours"),
)  # fmt: skip


def wanted_of(args: Mapping[str, str], now: datetime) -> Wanted:
    """What an address asks for; a word that means nothing narrows nothing."""
    rule, since = args.get("regle"), args.get("depuis", "")
    bound = now - timedelta(days=int(since.rstrip("+"))) if since in dict(SINCE) else None
    return Wanted(
        _states(args.get("etat", "")),
        rule if rule in RULES else None,
        args.get("client") or None,
        args.get("perimetre") or None,
        HEARD.get(args.get("source", "")),
        None if since.endswith("+") else bound,
        bound if since.endswith("+") else None,
        tuple(args.get("q", "").split()),
    )


def _states(asked: str) -> frozenset[State] | None:
    if asked in (EVERY_STATE, TO_DECIDE):
        return None if asked == EVERY_STATE else UNDECIDED
    return frozenset({State(asked)}) if asked in State.__members__ else ACTIVE


@dataclass(frozen=True)
class Board:
    """A list with what each of its rules adds up to, the dearest first, and all of them together."""

    listing: SqlListing[Finding]
    rules: Mapping[str, Sums]
    sums: Sums


def board(tx: Transaction, args: Mapping[str, str], now: datetime, snapshots: Sequence[SourceSnapshot]) -> Board:
    """What an address asks for, its page read; ``snapshots`` are the last answers of the sources."""
    wanted = wanted_of(args, now)
    within = Wanted(states=wanted.states)
    rules = board_store.sums_by_rule(tx, wanted)
    sums = together(rules.values())
    listing = SqlListing[Finding](
        "Écarts", (), columns(now), _filters(wanted, snapshots, args), sort="-yearly",
        empty=AGREED if snapshots else "Rien n’a encore été comparé.",
        hint="La prochaine comparaison a lieu à l’heure planifiée, ou par « dcops reconcile ».", args=args,
        counted=sums.count, totals={"yearly": sums.eur_per_year},
        some=wanted != within,
        read=lambda tx, order, offset, limit: board_store.page(tx, wanted, order, now, offset, limit),
        stream=lambda tx, order: board_store.stream(tx, wanted, order, now),
    )  # fmt: skip
    listing.load(tx)
    return Board(listing, rules, sums)


def together(sums: Iterable[Sums]) -> Sums:
    """What several sums make."""
    told = list(sums)
    return Sums(sum(one.count for one in told), sum((one.eur_per_year for one in told), Decimal("0.00")))


def columns(at: datetime) -> list[Column[Finding]]:
    """What a list says of each finding."""
    base = url_for("findings.index")  # asked once: it takes longer than all the rest of a cell
    return [
        Column[Finding]("title", "Écart", lambda r: r.title, link=lambda r: f"{base}{r.id}"),
        Column[Finding]("rule", "Règle", lambda r: words_of(r.rule).name, phone=False),
        Column[Finding]("customer", "Collectivité", lambda r: r.customer.name if r.customer else None),
        Column[Finding]("yearly", "Par an (HT)", lambda r: r.eur_per_year, "amount", total=True),
        Column[Finding](
            "since", "Depuis constat", lambda r: eur_since_seen(r.eur_per_year, r.first_seen, at), "amount",
            phone=False,
        ),
        Column[Finding]("seen", "Vu depuis le", lambda r: r.first_seen, "day", phone=False),
        Column[Finding]("state", "État", _state, "badge"),
    ]  # fmt: skip


def _state(finding: Finding) -> Badge:
    """Where a finding is; one whose source was silent is neither confirmed nor resolved."""
    word = finding_state(finding.state)
    return Badge(f"{word.label}, source muette", "warn") if finding.frozen else word


def customer_choices(tx: Transaction, args: Mapping[str, str], now: datetime) -> list[tuple[str, str]]:
    """(code, name) of the customers that a list may be narrowed to."""
    within = Wanted(states=wanted_of(args, now).states)
    return [(code, name or "Inconnue") for code, name in board_store.customers_of(tx, within)]


def _filters(wanted: Wanted, snapshots: Sequence[SourceSnapshot], args: Mapping[str, str]) -> list[Filter[Finding]]:
    rules = sorted(((code, words_of(code).name) for code in RULES), key=lambda pair: pair[1])
    states = [(state.value, IN_FRENCH[state].capitalize()) for state in State]
    chosen = [(wanted.customer, "…")] if wanted.customer else []
    scopes = sorted({snapshot.scope for snapshot in snapshots} | {SPACE_SCOPE, TENANTS_SCOPE})
    heard = [("muette", "N’a pas répondu"), ("entendue", "A répondu")]
    return [
        Filter("regle", "Règle", rules),
        Filter("etat", "État", [(TO_DECIDE, "À décider"), *states, (EVERY_STATE, "Tous, même résolus")]),
        Filter("client", "Collectivité", chosen, later=f"{url_for('findings.customers')}?{urlencode(args)}"),
        Filter("perimetre", "Périmètre", [(scope, source_named(scope)) for scope in scopes]),
        Filter("source", "Source", heard),
        Filter("depuis", "Ancienneté", SINCE),
    ]
