"""Whose a thing is: the first rule that matches, why the others did not, and which rules are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.mapping import (
    ANTIVIRUS_GROUP,
    BACKUP_STORE,
    LONGEST_WORD,
    NAME,
    NETBOX_TENANT,
    POOL,
    TAG,
    CustomerRule,
    CustomerRules,
    Match,
)

USUAL = CustomerRules()


@pytest.mark.parametrize(
    ("pool", "tags", "code"),
    [
        ("abbeville", [], "abbeville"),
        ("Client-Abbeville", ["client-amiens"], "abbeville"),
        ("production", ["client-amiens"], "amiens"),
        (None, ["web", "Client-Amiens"], "amiens"),
        (None, ["web", "clientele"], None),
        (None, ["client-"], None),
        ("client-", [], None),
        ("client-client-x", [], "client-x"),
        (None, [], None),
    ],
)
def test_without_rules_of_its_own_an_installation_follows_the_convention(
    pool: str | None, tags: list[str], code: str | None
) -> None:
    found = USUAL.customer_of({POOL: [pool] if pool else [], TAG: tags})
    assert (found.customer if found else None) == code


def test_other_sources_have_their_convention_too() -> None:
    assert USUAL.code(NETBOX_TENANT, "Abbeville") == "abbeville"
    assert USUAL.code(ANTIVIRUS_GROUP, "client-abbeville") == USUAL.code(ANTIVIRUS_GROUP, "abbeville") == "abbeville"
    assert USUAL.code(BACKUP_STORE, "client-abbeville") == "abbeville"
    assert USUAL.code(BACKUP_STORE, "store1") is None
    assert USUAL.code(NAME, "abbeville-web") is None
    assert USUAL.code(NETBOX_TENANT, None, "") is None


OWN = CustomerRules(
    (
        CustomerRule(NAME, r"(?P<town>[a-z]+)-test", r"essai-\g<town>"),
        CustomerRule(TAG, r"c[0-9]+", "amiens"),
        CustomerRule(POOL, r"commune-([a-z-]+)"),
        CustomerRule(POOL, r"(x?)y"),
    )
)


def test_the_first_rule_that_matches_decides_whatever_the_order_of_the_words() -> None:
    hints = {POOL: ["commune-abbeville"], TAG: ["web", "C12"], NAME: ["rue-test"]}
    assert OWN.customer_of(hints) == Match(1, NAME, "rue-test", "essai-rue")
    assert OWN.customer_of({**hints, NAME: ["rue"]}) == Match(2, TAG, "C12", "amiens")
    assert OWN.customer_of({POOL: hints[POOL]}) == Match(3, POOL, "commune-abbeville", "abbeville")


def test_a_word_must_match_whole() -> None:
    assert OWN.customer_of({POOL: ["la-commune-abbeville"], NAME: ["rue-test2"]}) is None


def test_the_trace_tells_of_each_rule_why() -> None:
    steps = OWN.trace({POOL: ["commune-abbeville", "y"], TAG: ["c12", "web"], NAME: ["abbeville"]})
    assert [(step.number, step.decides, step.word, step.customer) for step in steps] == [
        (1, False, None, None),
        (2, True, "c12", "amiens"),
        (3, False, "commune-abbeville", "abbeville"),
        (4, False, None, None),
    ]
    assert "« abbeville » : ne convient pas" in steps[0].why
    assert steps[1].why == "« c12 » convient : la règle décide."
    assert "la règle 2 passe avant" in steps[2].why
    assert "ne donne aucun code" in steps[3].why
    assert OWN.trace({})[0].why == "rien de tel n'est écrit."


def test_a_word_too_long_to_be_one_is_not_read() -> None:
    assert USUAL.code(NETBOX_TENANT, "a" * LONGEST_WORD) == "a" * LONGEST_WORD
    assert USUAL.code(NETBOX_TENANT, "a" * (LONGEST_WORD + 1)) is None
    assert "non lu" in USUAL.trace({NETBOX_TENANT: ["a" * (LONGEST_WORD + 1)]})[3].why


@pytest.mark.parametrize(
    ("match", "customer", "words"),
    [
        ("client-(.+", r"\1", "illisible"),
        ("[z-a]", "x", "illisible"),
        ("a{99999999999}", "x", "illisible"),
        ("client-.+", r"\1", "cite un groupe"),
        ("(.+)", r"\2", "cite un groupe"),
        ("(.+)", r"\g<town>", "cite un groupe"),
        ("(.+)", "\\", "cite un groupe"),
        ("(.+)", " ", "customer est vide"),
        (r"(a+)+b", "x", "trop coûteuse"),
        (r"(?:a|a)*b", "x", "trop coûteuse"),
        (r"(?x)(a+) +b", "x", "trop coûteuse"),
        (r"(a?){30}b", "x", "trop coûteuse"),
        (r"a*a*a*a*a*b", "x", "trop coûteuse"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(match: str, customer: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        CustomerRule(POOL, match, customer).check()


@pytest.mark.parametrize("match", [r"client-(.+)", r"([^()]+)", r"\(([a-z]+)\)+x", r"(a)?b", r"[)+*]+(x)", "(é)"])
def test_usual_expressions_are_accepted(match: str) -> None:
    CustomerRule(POOL, match).check()


WORDS = st.lists(st.text(alphabet="client-ABab", max_size=12), max_size=3)


@given(pools=WORDS, tags=WORDS, names=WORDS)
def test_the_trace_and_the_decision_agree(pools: list[str], tags: list[str], names: list[str]) -> None:
    hints = {POOL: pools, TAG: tags, NAME: names}
    for rules in (USUAL, OWN):
        decided = [(step.number, step.word, step.customer) for step in rules.trace(hints) if step.decides]
        found = rules.customer_of(hints)
        assert decided == ([] if found is None else [(found.rule, found.word, found.customer)])


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_a_rule_is_refused_with_a_sentence_or_can_be_used_on_any_word(match: str, customer: str, word: str) -> None:
    rule = CustomerRule(POOL, match, customer)
    try:
        rule.check()
    except ValueError:
        return
    read = rule.read(word)
    assert read is None or read == read.strip().lower()
