"""Every commune and EPCI of a public file made a customer, those already known brought up to date, never doubled."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from inventory import store
from inventory.commune_directory import Directory
from inventory.commune_file import COMMUNE, EPCI, POPULATIONS, Body, read_bodies
from inventory.csv_import import Problem
from inventory.customer_changes import record_membership, record_population
from inventory.customers import crossed
from inventory.errors import ImportRefused, Invalid, place
from inventory.french import counted, grouped
from inventory.import_report import HEADER_LINE, assign
from inventory.models import Customer
from inventory.orm import Transaction

TOWN_HALL = "Mairie"
"""What a letter to a commune is addressed to, above its postcode and name."""
ADDED, UPDATED, UNCHANGED = "added", "updated", "unchanged"
_WORDS = {ADDED: "ajoutée", UPDATED: "mise à jour", UNCHANGED: "inchangée"}


def population_column_of(base: str | None, column: str | None) -> str:
    """The column of inhabitants to read. Raises Invalid when it is unknown, or is not of the base."""
    if column is None:
        return next(name for name, its in POPULATIONS.items() if its == (base or "municipal"))
    if column not in POPULATIONS:
        raise Invalid(f"« {column} » n'est pas une colonne de population : choisir parmi {', '.join(POPULATIONS)}.")
    if base not in (None, POPULATIONS[column]):
        raise Invalid(f"la colonne {column} n'est pas une population de base « {base} ».")
    return column


@dataclass(frozen=True)
class Terms:
    """What to record of each body besides its identity; ``year`` None: a population at any time not told otherwise."""

    column: str = "population"
    year: int | None = None
    member_from: date | None = None

    @property
    def base(self) -> str:
        return POPULATIONS[self.column]


@dataclass(frozen=True)
class CommuneReport:
    """What became of a file: bodies added, updated and left, by kind; problems of the rows set aside; notes."""

    name: str
    outcomes: Mapping[str, Counter[str]]
    problems: Sequence[Problem] = ()
    notes: Sequence[str] = ()
    epcis: Sequence[Body] = field(default=())

    @property
    def skipped(self) -> int:
        return len({line for line, _, _ in self.problems})

    def document(self) -> dict[str, Any]:
        kinds = {"communes": COMMUNE, "epci": EPCI}
        return {
            "file": self.name,
            **{name: {word: self.outcomes[kind][word] for word in _WORDS} for name, kind in kinds.items()},
            "skipped": self.skipped,
            "problems": [{"line": line, "column": column, "reason": reason} for line, column, reason in self.problems],
            "notes": list(self.notes),
            "epci_populations": [
                {"name": body.name, "siren": body.siren, "communes": body.communes, "inhabitants": body.inhabitants}
                for body in self.epcis
            ],
        }

    def human(self) -> str:
        lines = [f"{self.name} : {counted(self.skipped, 'ligne écartée', 'lignes écartées')}."]
        for kind, one, many in ((COMMUNE, "commune", "communes"), (EPCI, "EPCI", "EPCI")):
            done = self.outcomes[kind]
            told = ", ".join(f"{done[outcome]} {word}{'s' * (done[outcome] > 1)}" for outcome, word in _told(kind))
            lines.append(f"  {counted(sum(done.values()), one, many)} : {told}.")
        lines += [
            f"    {body.name} : {counted(body.communes, 'commune')}, {grouped(str(body.inhabitants))} habitants"
            for body in self.epcis
        ]
        lines += [f"  {note}" for note in self.notes]
        return "\n".join([*lines, *(f"  {place(line, column)} : {why}" for line, column, why in self.problems)])


def _told(kind: str) -> list[tuple[str, str]]:
    """The words of the outcomes, in the gender of what they are said of."""
    return [(ADDED, "ajouté"), (UPDATED, "corrigé"), (UNCHANGED, "inchangé")] if kind == EPCI else list(_WORDS.items())


def import_communes(
    tx: Transaction, name: str, content: str, *, skip_bad: bool = False, terms: Terms | None = None
) -> CommuneReport:
    """The communes and EPCI of a public file as customers. A second run changes nothing.

    A customer is recognised by its INSEE code or its SIREN, else by its name where it has neither; it keeps its code
    and whatever it already tells. Raises ImportRefused with every problem, nothing written, unless ``skip_bad``.
    """
    terms = terms or Terms()
    bodies, problems = read_bodies(content, terms.column)
    directory = Directory(store.customers(tx), bodies)
    pairs: list[tuple[Body, Customer | None]] = []
    for body in bodies:
        try:
            pairs.append((body, directory.find(body)))
        except Invalid as error:
            problems.append((body.line, "code_insee" if body.kind == COMMUNE else "epci_siren", str(error)))
    if problems and (not skip_bad or problems[0][0] == HEADER_LINE):
        raise ImportRefused(name, sorted(problems))
    return _recorded(tx, name, pairs, directory, terms, problems)


def _recorded(
    tx: Transaction, name: str, pairs: Sequence[tuple[Body, Customer | None]], directory: Directory, terms: Terms,
    problems: list[Problem],
) -> CommuneReport:  # fmt: skip
    codes = directory.codes_for([body for body, customer in pairs if customer is None])
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    notes = [] if problems else [_sums(terms)]
    for body, customer in pairs:
        added = customer is None
        if customer is None:
            customer = Customer(code=codes[body], name=body.name, kind=body.kind, memberships=[], populations=[])
            tx.add(customer)
        changed = _fill_identity(customer, body)
        if body.kind == COMMUNE or not problems:
            changed = _set_population(customer, body, terms, notes) or changed
        changed = _set_membership(customer, terms.member_from) or changed
        outcomes[body.kind][ADDED if added else UPDATED if changed else UNCHANGED] += 1
    if problems:
        notes.append("Lignes écartées : la population des EPCI, somme de leurs communes, n'est pas enregistrée.")
    epcis = [body for body, _ in pairs if body.kind == EPCI]
    return CommuneReport(name, outcomes, sorted(problems), notes, epcis if not problems else ())


def _sums(terms: Terms) -> str:
    base = {"municipal": "municipale", "total": "totale"}[terms.base]
    when = f"en vigueur au 1er janvier {terms.year}" if terms.year else "sans année"
    return (
        f"Population {base} (colonne {terms.column}), {when}. Celle d'un EPCI est la somme de ses communes dans ce "
        "fichier : la compléter pour un EPCI qui s'étend au-delà."
    )


def _fill_identity(customer: Customer, body: Body) -> bool:
    """What the file knows and the customer does not tell yet."""
    told = {"insee": body.insee, "siren": body.siren, "postcode": body.postcode, "city": body.city}
    if customer.address or customer.postcode or customer.city:
        told.update(postcode=None, city=None)  # one place, not half of each
    elif body.kind == COMMUNE and body.postcode:
        told["address"] = TOWN_HALL
    return assign(customer, {name: value for name, value in told.items() if value and not getattr(customer, name)})


def _set_population(customer: Customer, body: Body, terms: Terms, notes: list[str]) -> bool:
    """The population of the year, added or corrected; a larger one of an EPCI counts communes of elsewhere too."""
    known = next((each for each in customer.populations if each.year == terms.year), None)
    if body.kind == EPCI and known is not None and known.inhabitants > body.inhabitants:
        kept, told = grouped(str(known.inhabitants)), grouped(str(body.inhabitants))
        notes.append(f"{customer.name} : {kept} habitants gardés, plus que la somme du fichier ({told}).")
        return False
    return record_population(customer, terms.year, terms.base, body.inhabitants)


def _set_membership(customer: Customer, start: date | None) -> bool:
    """A membership from that day on, unless one starts or holds on some day from then."""
    known = customer.memberships
    if start is None or any(one.start == start for one in known) or crossed(known, start, None):
        return False
    return record_membership(customer, start, None)
