"""Simulation: a year of what is held at another grid (loaded, uploaded, or changed by percents); nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectField, TextAreaField

from dcops.auth.permissions import Permission as P
from dcops.billing.comparison import OfCustomer, Simulation
from dcops.billing.simulation import Draft, draft_grid, grid_named, simulate
from dcops.billing.simulation_workbook import workbook
from dcops.catalogue import grids
from dcops.catalogue import store as catalogue
from dcops.catalogue.grid_export import written
from dcops.catalogue.line import Grid
from dcops.catalogue.variations import read
from dcops.web import formats
from dcops.web.access import permits
from dcops.web.context import parts, today, transaction
from dcops.web.listing import XLSX, Column, Filter, Listing, download, show
from dcops.web.money_charts import differences
from inventory.errors import DomainError, ImportRefused
from inventory.orm import Transaction

blueprint = Blueprint("simulation", __name__, url_prefix="/simulation")
LARGEST_FILE = 300_000
"""Bytes of a grid file: what a page can carry along. A grid of a hundred lines has some twenty thousand."""
MOST_SHOWN = 5
CARRIED = ("year", "base", "changes", "q", "effect", "sort", "page", "format")
"""What an address says of a simulation without a file."""
EFFECTS = (("up", "En hausse"), ("down", "En baisse"), ("same", "Inchangées"), ("lost", "Avec du non facturable"))


class SimulationForm(FlaskForm):  # type: ignore[misc]
    """What to price with; a file that was read is carried along as text, since nothing is kept."""

    class Meta:
        csrf = False  # the token of every form is checked for the whole application

    year = SelectField("Année", coerce=int, validate_choice=False)
    base = SelectField("Grille de départ")
    file = FileField("Ou un projet de grille (CSV)")
    changes = TextAreaField("Variations en pourcentage", render_kw={"rows": 3, "placeholder": "+2 %"})
    draft = HiddenField()
    draft_name = HiddenField()


@dataclass(frozen=True)
class Refusal:
    """Why nothing was computed: a sentence, and the bad cells of a file."""

    message: str
    problems: tuple[tuple[int, str, str], ...] = ()


@blueprint.route("/", methods=["GET", "POST"])
@permits(P.READ_MONEY)
def index() -> Response | str:
    """The form and, once something is asked, what it changes; with a file everything is answered at once."""
    asked = {key: values[-1] for key, values in request.values.lists()}
    with transaction() as tx:
        form = _form(tx, asked)
        refusal = _take_file(form)
        if request.method == "POST" and not form.draft.data and refusal is None:
            kept: dict[str, Any] = {key: asked[key] for key in CARRIED if asked.get(key)}
            return redirect(url_for(".index", **kept), 303)
        found = None
        if refusal is None and (form.draft.data or asked.get("base") or asked.get("changes")):
            found, refusal = _simulated(tx, form)
    if found is None:
        return render_template("simulation/index.html", form=form, refusal=refusal, simulation=None)
    return _shown(form, found, asked)


@blueprint.get("/modele/<name>.csv")
@permits(P.READ_MONEY)
def model(name: str) -> Response:
    """A loaded grid as the file that loads it: where a draft starts from."""
    with transaction() as tx:
        grid = grid_named(tx, name)
    content = ("\ufeff" + written(grid.lines)).encode("utf-8")
    return download(content, f"grille {grid.name}.csv", "text/csv; charset=utf-8")


def _form(tx: Transaction, asked: Mapping[str, str]) -> SimulationForm:
    known = catalogue.history(tx)
    years = _years(known)
    form = SimulationForm(request.values or None, year=next((y for y in years if y < today().year), today().year))
    form.year.choices = [(year, str(year)) for year in sorted({*years, form.year.data or today().year}, reverse=True)]
    form.base.choices = [
        ("", "Celle en vigueur cette année-là"),
        *((grid.name, f"Grille {grid.name}") for grid in known),
    ]
    if asked.get("drop"):
        form.draft.data = form.draft_name.data = ""
    return form


def _years(known: tuple[Grid, ...]) -> list[int]:
    """The civil years that a grid covers, up to this one, latest first."""
    last = today().year
    covered = {y for grid in known for y in range(grid.start.year, last + 1) if not grid.end or y < grid.end.year}
    return sorted(covered, reverse=True)


def _take_file(form: SimulationForm) -> Refusal | None:
    """Read the file that was sent with the form, if any, into its hidden fields."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    content = sent.read(LARGEST_FILE + 1)
    name = PurePath(sent.filename).name
    if len(content) > LARGEST_FILE:
        return Refusal(f"{name} : fichier trop gros pour une grille ({LARGEST_FILE // 1000} ko au plus).")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Refusal(f"{name} n'est pas de l'UTF-8 : enregistrer le fichier en « CSV UTF-8 ».")
    if "\x00" in text or not text.strip():
        return Refusal(f"{name} est vide ou n'est pas un fichier CSV.")
    form.draft.data, form.draft_name.data = text, PurePath(name).stem
    return None


def _simulated(tx: Transaction, form: SimulationForm) -> tuple[Simulation | None, Refusal | None]:
    if form.year.data is None:
        return None, Refusal("choisir une année.")
    try:
        draft = Draft(_grid(tx, form), read(form.changes.data or ""))
        return simulate(tx, form.year.data, parts().settings, draft), None
    except ImportRefused as refused:
        form.draft.data = form.draft_name.data = ""
        return None, Refusal("le fichier n'est pas une grille : rien n'a été calculé.", tuple(refused.problems))
    except DomainError as refused:
        return None, Refusal(str(refused))


def _grid(tx: Transaction, form: SimulationForm) -> Grid | None:
    """The grid to start from; None for the grids in force."""
    if form.draft.data:
        name = form.draft_name.data or "projet"
        return draft_grid(name, grids.read(form.draft.data, name, "projet"))
    return grid_named(tx, form.base.data) if form.base.data else None


def _shown(form: SimulationForm, found: Simulation, asked: dict[str, str]) -> Response | str:
    """The result, or the file of it that was asked for."""
    if asked.get("format") == "xlsx":
        return download(workbook(found), f"Simulation {found.year}.xlsx", XLSX)
    lines = [line for section in found.sections for line in section.lines]
    return show(
        _listing(found, asked), "simulation/index.html", form=form, refusal=None, simulation=found,
        figure=_figure(found), widest=max((abs(line.effect.difference) for line in lines), default=0),
        rising=found.most_moved(True, MOST_SHOWN), falling=found.most_moved(False, MOST_SHOWN),
        running=found.year >= today().year,
    )  # fmt: skip


def _figure(found: Simulation) -> Any:
    values = {section.name: section.effect.difference for section in found.sections}
    return differences(values, [formats.signed(value) for value in values.values()])


def _listing(found: Simulation, asked: Mapping[str, str]) -> Listing[OfCustomer]:
    columns = [
        Column[OfCustomer]("name", "Collectivité", lambda r: found.named(r.code),
                           link=lambda r: url_for("customers.detail", code=r.code)),
        Column[OfCustomer]("before", "Avant", lambda r: r.effect.before, "amount", total=True, phone=False),
        Column[OfCustomer]("after", "Après", lambda r: r.effect.after, "amount", total=True),
        Column[OfCustomer]("difference", "Différence", lambda r: r.effect.difference, "amount", total=True),
        Column[OfCustomer]("variation", "Variation", lambda r: r.effect.variation, "percent"),
        Column[OfCustomer]("lost", "Dont plus facturable", lambda r: r.effect.lost, "amount", total=True, phone=False),
    ]  # fmt: skip
    return Listing(
        f"Simulation {found.year} par collectivité", found.customers, columns,
        [Filter("effect", "Effet", EFFECTS, _keeps)], sort="-difference",
        empty=f"Rien à facturer en {found.year}.", args=asked,
    )  # fmt: skip


def _keeps(row: OfCustomer, chosen: str) -> bool:
    difference = row.effect.difference
    wanted = {"up": difference > 0, "down": difference < 0, "same": difference == 0, "lost": row.effect.lost > 0}
    return wanted.get(chosen, True)
