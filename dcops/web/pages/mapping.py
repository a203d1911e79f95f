"""Whose things are: the rules in order, what each one decides, what is left to nobody, and a trial of them."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import parts, transaction
from dcops.web.listing import Badge, Column, Filter, Listing, show
from inventory import store
from inventory.mapped import reviewed
from inventory.mapping import (
    ANTIVIRUS_GROUP,
    BACKUP_STORE,
    LONGEST_WORD,
    NAME,
    NETBOX_TENANT,
    POOL,
    TAG,
    Match,
    Step,
)
from inventory.mapping_review import GROUP, MACHINE, STORE, TENANT, Review, Thing, hints_of

blueprint = Blueprint("mapping", __name__, url_prefix="/correspondances")
SOURCES = {
    POOL: "Pool Proxmox",
    TAG: "Étiquette Proxmox",
    NETBOX_TENANT: "Locataire NetBox",
    NAME: "Nom de la machine",
    BACKUP_STORE: "Dépôt de sauvegarde",
    ANTIVIRUS_GROUP: "Groupe de l’antivirus",
}
KINDS = {MACHINE: "Machine", TENANT: "Locataire NetBox", GROUP: "Groupe de l’antivirus", STORE: "Dépôt de sauvegarde"}
NO_RULE, STRANGER = "Aucune règle", "Code inconnu"
_WORD = Length(max=LONGEST_WORD, message=f"{LONGEST_WORD} caractères au plus.")


class TrialForm(FlaskForm):  # type: ignore[misc]
    """The words of a thing; read from the address so that a trial can be shared."""

    class Meta:
        csrf = False

    pool = StringField("Pool Proxmox", [_WORD])
    tags = StringField("Étiquettes Proxmox", [_WORD])
    tenant = StringField("Locataire NetBox (slug)", [_WORD])
    name = StringField("Nom de la machine", [_WORD])

    @property
    def sent(self) -> bool:
        return any(field.data for field in self)


Left = tuple[Thing, Match | None]
"""What is nobody's: no rule decides of it, or the code that a rule gives is no customer's."""


@blueprint.get("")
@permits(P.READ_FINDINGS)
def index() -> Response | str:
    """The rules and what they make of the last answers; with words in the address, what they would make of them."""
    form = TrialForm(request.args)
    rules = parts().customer_rules()
    with transaction() as tx:
        found, names = reviewed(tx, rules), store.customer_names(tx)
        steps = _trial(form)
        return show(
            _listing(found), "mapping/index.html",
            rules=list(enumerate(rules.rules, 1)), found=found, sources=SOURCES, kinds=KINDS,
            own=bool(parts().settings.mapping), form=form, steps=steps,
            decided=next((step for step in steps if step.decides), None), names=names,
        )  # fmt: skip


def _trial(form: TrialForm) -> list[Step]:
    if not form.sent or not form.validate():
        return []
    words = {name: (form[name].data or "").strip() for name in ("pool", "tenant", "name")}
    tags = (form.tags.data or "").replace(",", " ").replace(";", " ").split()
    return parts().customer_rules().trace(hints_of(words["pool"], tags, words["tenant"], words["name"]))


def _listing(found: Review) -> Listing[Left]:
    left: list[Left] = [*((thing, None) for thing in found.nobody), *found.strangers]
    return Listing(
        "Choses sans collectivité", left, _columns(),
        filters=[
            Filter("quoi", "Quoi", list(KINDS.items()), lambda row, chosen: row[0].kind == chosen),
            Filter(
                "pourquoi", "Pourquoi", [("regle", NO_RULE), ("code", STRANGER)],
                lambda row, chosen: (row[1] is None) == (chosen == "regle"),
            ),
        ],
        sort="thing", empty="Tout ce que les sources ont dit est à une collectivité connue.",
    )  # fmt: skip


def _columns() -> list[Column[Left]]:
    return [
        Column("thing", "Chose", lambda row: row[0].name),
        Column("kind", "Quoi", lambda row: KINDS[row[0].kind], phone=False),
        Column("words", "Mots écrits", lambda row: row[0].words or None),
        Column("why", "Pourquoi", lambda row: Badge(STRANGER, "warn") if row[1] else Badge(NO_RULE), "badge"),
        Column("code", "Code donné", lambda row: row[1].customer if row[1] else None),
        Column("rule", "Règle", lambda row: row[1].rule if row[1] else None, "number", phone=False),
    ]
