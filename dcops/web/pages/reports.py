"""Reports for the accounts and the budget debate."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from dcops.accounting import contributions_shown as shown
from dcops.accounting.contributions import YEARS, contributions
from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import parts, today, transaction
from dcops.web.listing import XLSX, download
from dcops.web.money_charts import side_by_side

blueprint = Blueprint("reports", __name__, url_prefix="/rapports")
OFFERED = 6
"""How many years the page offers to end with."""


@blueprint.get("/contributions", endpoint="contributions")
@permits(P.READ_MONEY)
def show_contributions() -> Response | str:
    """Revenue by service over three years, or the file of it with ``?format=csv`` or ``xlsx``."""
    year = request.args.get("year", default=today().year, type=int)
    with transaction() as tx:
        found = contributions(tx, year, parts().settings)
    name = f"Contributions {year - YEARS + 1}-{year}"
    if request.args.get("format") == "csv":
        return download(shown.sheet_csv(found), f"{name}.csv", "text/csv; charset=utf-8")
    if request.args.get("format") == "xlsx":
        return download(shown.workbook(found), f"{name}.xlsx", XLSX)
    known = [row for row in found.rows if any(row.amounts)]
    series = {each.heading: [row.amounts[place] for row in known] for place, each in enumerate(found.years)}
    offered = sorted({today().year + 1 - back for back in range(OFFERED)} | {year}, reverse=True)
    return render_template(
        "reports/contributions.html", found=found, year=year, years=offered, notes=shown.notes(found),
        figure=side_by_side([row.label for row in known], series) if known else None,
        charted=len(known), history=parts().settings.accounting.history,
    )  # fmt: skip
