"""The page of the rules that say whose a thing is: what they decide, what is left, and a trial."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient

from dcops.app import create_app
from dcops.sections import MappingRule
from dcops.wiring import Parts
from inventory.evidence import document_of
from inventory.facts import Guest, Tenant
from inventory.models import SourceSnapshot
from tests.conftest import NOW
from tests.dcops.web.browsing import text
from tests.dcops.web.conftest import log_in

PAGE = "/ecarts/correspondances"


def told(parts: Parts) -> None:
    """A machine of a customer, one of a code that is nobody's, one that says nothing; a tenant."""
    guests = (
        Guest("site", "amiens-b", 201, "qemu", pool="client-albert"),
        Guest("essai", "amiens-b", 202, "qemu", pool="production"),
        Guest("muette", "amiens-b", 203, "qemu", tags=("prod",)),
    )
    with parts.database.transaction() as tx:
        for source, kind, facts in (("amiens-b", "real", guests), ("netbox", "documented", (Tenant("albert", "A"),))):
            tx.add(
                SourceSnapshot(
                    source=source, kind=kind, scope="tenants" if kind == "documented" else source, status="complete",
                    taken_at=NOW, duration_s=0.4, object_count=len(facts),
                    facts=[document_of(fact) for fact in facts], faults=[],
                )
            )  # fmt: skip


def cells(page: str) -> list[list[str]]:
    """The words of each row of the tables of a page."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [
        [" ".join(re.sub(r"<[^>]+>", "", c).split()) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", r, re.DOTALL)]
        for r in rows
    ]


def test_the_rules_are_shown_in_order_with_what_each_decides(web_parts: Parts, technician: FlaskClient) -> None:
    told(web_parts)
    page = text(technician, PAGE)
    rows = cells(page)
    assert ["1. Pool Proxmox", "client-(.+)", r"\1", "1", "0", "0"] in rows
    assert ["4. Locataire NetBox", "(.+)", r"\1", "0", "1", "0"] in rows
    left = {row[0]: row[1:] for row in rows if "(amiens-b/" in row[0]}
    assert left["essai (amiens-b/202)"] == ["Machine", "production", "Code inconnu", "production", "3"]
    assert left["muette (amiens-b/203)"] == ["Machine", "prod", "Aucune règle", "—", "—"]
    assert "site (amiens-b/201)" not in left


def test_what_is_left_can_be_filtered_and_taken_away(web_parts: Parts, technician: FlaskClient) -> None:
    told(web_parts)
    csv = text(technician, f"{PAGE}?pourquoi=code&format=csv")
    assert "essai (amiens-b/202)" in csv
    assert "muette" not in csv


def test_a_trial_says_whose_and_why(technician: FlaskClient) -> None:
    page = text(technician, f"{PAGE}?pool=production&tags=web%3B+client-albert")
    assert "Ville d’Albert</a>, par la règle 2" in page
    assert page.count("ne convient pas à") == 1
    assert "la règle 2 passe avant" in page
    assert "qui n’est celui d’aucune collectivité" in text(technician, f"{PAGE}?tenant=personne")
    assert "Aucune règle ne décide" in text(technician, f"{PAGE}?tags=web")
    assert "128 caractères au plus" in text(technician, f"{PAGE}?pool={'a' * 200}")


def test_the_rules_of_the_settings_replace_the_convention(web_parts: Parts) -> None:
    settings = web_parts.settings.model_copy(
        update={"mapping": [MappingRule(source="name", match="essai", customer="albert")]}
    )
    app: Flask = create_app(replace(web_parts, settings=settings))
    told(web_parts)
    page = text(log_in(app, "tech"), PAGE)
    assert [row for row in cells(page) if row and row[0].startswith("1. ")] == [
        ["1. Nom de la machine", "essai", "albert", "1", "0", "0"]
    ]
    assert "2. " not in page.split("Essayer")[0]


def test_a_commune_may_not_open_it(commune: FlaskClient) -> None:
    assert commune.get(PAGE).status_code == 403
