"""Whose a thing is, by what outside systems write on it: ordered rules, the first that matches decides; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

NETBOX_TENANT, POOL, TAG, NAME = "netbox-tenant", "proxmox-pool", "proxmox-tag", "name"
BACKUP_STORE, ANTIVIRUS_GROUP = "backup-store", "antivirus-group"
"""What a word is: where it was written."""
Hints = Mapping[str, Sequence[str]]
"""What is written on one thing, by where it is written."""

LONGEST_WORD = 128
MOST_REPETITIONS = 4
"""Beyond, and with groups that are repeated, an expression may take years on a word that it does not match."""
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?[^\]]*\]")
_REPEATED = re.compile(r"[*+]|\{\d*,?\d*\}")
_REPEATED_GROUP = re.compile(r"\)\s*[*+{]")


@dataclass(frozen=True, slots=True)
class CustomerRule:
    """One rule: ``match`` is a regular expression of a whole word, whatever its case, ``customer`` makes the code.

    In ``customer``, ``\\1`` or ``\\g<name>`` is what a group of ``match`` caught.
    """

    source: str
    match: str
    customer: str = r"\1"

    def check(self) -> None:
        """Raise ValueError, in French, for a rule that cannot be used."""
        try:
            pattern = re.compile(self.match, re.IGNORECASE)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"expression « {self.match} » illisible ({_where(error)})") from None
        if _is_endless(self.match):
            raise ValueError(
                f"expression « {self.match} » trop coûteuse ; ne pas répéter de groupe, "
                f"{MOST_REPETITIONS} répétitions (*, +, {{}}) au plus"
            )
        if not self.customer.strip():
            raise ValueError("customer est vide ; écrire un code de collectivité ou \\1")
        try:
            pattern.sub(self.customer, "")
        except (re.error, IndexError):
            raise ValueError(
                f"customer « {self.customer} » cite un groupe que match « {self.match} » n'a pas"
            ) from None

    def read(self, word: str) -> str | None:
        """The customer code that a word gives, lower case; None when it is not such a word. "" when it gives none."""
        return _read(self.match, self.customer, word)


@lru_cache(maxsize=8192)
def _read(match: str, customer: str, word: str) -> str | None:
    """Thousands of things carry the same few pools, tags and tenants."""
    found = re.fullmatch(match, word, re.IGNORECASE) if len(word) <= LONGEST_WORD else None
    return None if found is None else found.expand(customer).strip().lower()


DEFAULT_RULES = (
    CustomerRule(POOL, r"client-(.+)"),
    CustomerRule(TAG, r"client-(.+)"),
    CustomerRule(POOL, r"(?!client-$)(.+)"),
    CustomerRule(NETBOX_TENANT, r"(.+)"),
    CustomerRule(BACKUP_STORE, r"client-(.+)"),
    CustomerRule(ANTIVIRUS_GROUP, r"(?:client-)?(.+)"),
)
"""Pools serve other purposes too (``production``): a tag ``client-CODE`` is the surer word than a bare pool."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which rule decided (from 1), on which word, and the customer code it gave, that may be no customer's."""

    rule: int
    source: str
    word: str
    customer: str


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one rule: the customer it gives, or why it gives none, in French. One only is ``decides``."""

    number: int
    rule: CustomerRule
    decides: bool
    word: str | None
    customer: str | None
    why: str


@dataclass(frozen=True, slots=True)
class CustomerRules:
    """The rules of an installation, in order."""

    rules: tuple[CustomerRule, ...] = DEFAULT_RULES

    def customer_of(self, hints: Hints) -> Match | None:
        """What decides whose a thing is; None when no rule does."""
        for number, rule in enumerate(self.rules, 1):
            for word in hints.get(rule.source, ()):
                if code := rule.read(word):
                    return Match(number, rule.source, word, code)
        return None

    def code(self, source: str, *words: str | None) -> str | None:
        """The customer code of a thing that carries words of one source only; None is no word."""
        found = self.customer_of({source: [word for word in words if word]})
        return found.customer if found else None

    def trace(self, hints: Hints) -> list[Step]:
        """For each rule, in order, what it says of a thing."""
        return list(self._steps(hints))

    def _steps(self, hints: Hints) -> Iterator[Step]:
        decided: int | None = None
        for number, rule in enumerate(self.rules, 1):
            words = hints.get(rule.source, ())
            said = next(((word, code) for word in words if (code := rule.read(word))), None)
            if said is None:
                yield Step(number, rule, False, None, None, _why_not(rule, words))
            elif decided is None:
                decided = number
                yield Step(number, rule, True, *said, f"« {said[0]} » convient : la règle décide.")
            else:
                after = f"« {said[0]} » convient aussi, mais la règle {decided} passe avant."
                yield Step(number, rule, False, *said, after)


CONVENTION = CustomerRules()
"""What an installation without rules of its own follows."""


def _why_not(rule: CustomerRule, words: Sequence[str]) -> str:
    if not words:
        return "rien de tel n'est écrit."
    named = ", ".join(f"« {word[:LONGEST_WORD]} »" for word in words)
    if all(len(word) > LONGEST_WORD for word in words):
        return f"{named} : plus de {LONGEST_WORD} caractères, non lu."
    if any(rule.read(word) == "" for word in words):
        return f"{named} : convient, mais ne donne aucun code."
    return f"{named} : ne convient pas à « {rule.match} »."


def _is_endless(match: str) -> bool:
    """Whether an expression could try more ways to read a word than there is time for."""
    bare = _CLASS.sub("x", _ESCAPED.sub("x", match))
    return bool(_REPEATED_GROUP.search(bare)) or len(_REPEATED.findall(bare)) > MOST_REPETITIONS


def _where(error: Exception) -> str:
    place = getattr(error, "pos", None)
    return "erreur de syntaxe" if place is None else f"erreur au caractère {place + 1}"
