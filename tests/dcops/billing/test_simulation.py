"""A real year priced at another grid: same bills at the same grid, energy repriced, nothing silently zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dcops.billing.comparison import Cell, Simulation
from dcops.billing.dry_run import dry_run
from dcops.billing.simulation import Draft, draft_grid, grid_named, simulate
from dcops.catalogue.grids import load, shipped_text
from dcops.catalogue.line import Grid
from dcops.catalogue.variations import read
from dcops.config import Settings
from dcops.contracts.imports import import_subscriptions
from dcops.db import Database
from dcops.money import ZERO
from inventory.errors import Invalid, NotFound
from inventory.models import Customer, Machine, Membership, Population
from inventory.orm import Transaction
from metering.period import midnight
from tests.metering.world import add_meter, add_rack, add_share, feed, steady

OCTOBER = date(2024, 10, 1)
HOURS = 92 * 24 + 1  # October to December, the autumn day having 25 hours


def _customer(tx: Transaction, code: str, people: int, *spans: tuple[date, date | None]) -> Customer:
    customer = Customer(
        code=code, name=code.title(), kind="commune", populations=[Population(inhabitants=people)],
        memberships=[Membership(start=start, end=end) for start, end in spans],
    )  # fmt: skip
    tx.add(customer)
    tx.flush()
    return customer


def _world(tx: Transaction) -> None:
    """Two customers: one leaves in November and consumes, the other has what a bracket and a fee depend on."""
    albert = _customer(tx, "albert", 800, (date(2020, 1, 1), date(2024, 11, 1)))
    _customer(tx, "roye", 6000, (date(2020, 1, 1), None))
    tx.add(Machine(name="web", customer=albert, vcpu=2, ram_gb=4, disk_gb=50, start=date(2024, 3, 1)))
    rack = add_rack(tx, "A01")
    add_share(tx, rack, albert, (0, 84), OCTOBER)
    feed(tx, add_meter(tx, "a", rack), steady(midnight(OCTOBER), HOURS, 1000))
    rows = [
        "albert,intramuros-commune,1,2024-01-01,,", "albert,av-forfait,3,2021-05-10,,",
        "roye,zimbra-5go,40,2023-01-01,,",
        "roye,dc-espace-privatif,1,2024-01-01,2025-01-01,12000.00", "roye,demat-commune,1,2024-01-01,,",
        "roye,backup-60go,1,2024-07-01,,",
    ]  # fmt: skip
    import_subscriptions(tx, "s.csv", "\n".join(["customer,code,quantity,from,to,agreed_price", *rows]))


def _simulated(database: Database, draft: Draft, year: int = 2024) -> Simulation:
    with database.transaction() as tx:
        return simulate(tx, year, Settings(), draft)


def _loaded(database: Database, name: str) -> Grid:
    with database.transaction() as tx:
        return grid_named(tx, name)


def _by_code(simulation: Simulation) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in simulation.cells:
        found.setdefault(cell.code, []).append(cell)
    return found


def _without(grid: Grid, *codes: str) -> Grid:
    return draft_grid("sans", [line for line in grid.lines if line.code not in codes])


@pytest.mark.parametrize("year", [2023, 2024])
def test_the_grid_in_force_changes_nothing_and_is_the_dry_run(database: Database, year: int) -> None:
    with database.transaction() as tx:
        _world(tx)
        run = dry_run(tx, year, Settings())
    simulation = _simulated(database, Draft(_loaded(database, str(year))), year)
    assert simulation.against == (str(year),)
    assert simulation.total.before == simulation.total.after == run.net != ZERO
    assert {cell.before == cell.after and not cell.lost and not cell.gained for cell in simulation.cells} == {True}
    assert {(line.code, line.start) for line in simulation.unbilled} == {
        (line.code, line.start) for line in run.skipped
    }


def test_a_vote_in_the_middle_of_the_year_is_left_as_it_was(database: Database) -> None:
    with database.transaction() as tx:
        _world(tx)
        load(tx, shipped_text("2024").replace("420.00,480.00", "500.00,600.00"), "2024-bis", date(2024, 8, 15), "Vote")
        run = dry_run(tx, 2024, Settings())
    nothing = _simulated(database, Draft(variations=read("0 %")))
    assert nothing.against == ("2024", "2024-bis")
    assert (nothing.total.before, nothing.total.difference) == (run.net, ZERO)
    draft = _by_code(_simulated(database, Draft(_loaded(database, "2024-bis"))))
    assert [(cell.start, cell.after == cell.before) for cell in draft["vm1"]] == [
        (date(2024, 3, 1), False), (date(2024, 8, 15), True), (date(2024, 11, 1), True),
    ]  # fmt: skip


def test_energy_is_priced_again_where_membership_cuts_it(database: Database) -> None:
    with database.transaction() as tx:
        _world(tx)
    cells = _by_code(_simulated(database, Draft(variations=read("dc-elec +50 %"))))
    assert [(cell.start, str(cell.before), str(cell.after)) for cell in cells["dc-elec"]] == [
        (OCTOBER, "149.00", "223.50"), (date(2024, 11, 1), "322.08", "483.12"),
    ]  # fmt: skip
    assert {cell.before == cell.after for code, group in cells.items() if code != "dc-elec" for cell in group} == {True}


def test_an_agreed_price_does_not_follow_a_percentage(database: Database) -> None:
    with database.transaction() as tx:
        _world(tx)
    cells = _by_code(_simulated(database, Draft(variations=read("+10 %"))))
    assert [(cell.before, cell.after) for cell in cells["dc-espace-privatif"]] == [(Decimal("12000.00"),) * 2]
    assert [(str(cell.before), str(cell.after)) for cell in cells["zimbra-5go"]] == [("600.00", "660.00")]


def test_lines_that_the_draft_lacks_are_told_apart(database: Database) -> None:
    with database.transaction() as tx:
        _world(tx)
    draft = _without(_loaded(database, "2024"), "zimbra-5go", "av-forfait-1-3", "av-forfait-4-6", "av-forfait-7plus")
    simulation = _simulated(database, Draft(draft))
    assert [(cell.code, str(cell.before), cell.after) for cell in simulation.lost] == [
        ("zimbra-5go", "600.00", None), ("av-forfait-1-3", "75.00", None),
    ]  # fmt: skip
    assert "la ligne n'est pas dans la grille sans" in simulation.lost[0].lost
    assert (simulation.total.lost, simulation.total.repriced) == (Decimal("675.00"), ZERO)
    (zimbra, _) = simulation.document()["unsellable"]
    assert (zimbra["customer"], zimbra["before"], zimbra["from"]) == ("roye", "600.00", "2024-01-01")


def test_domain_names_of_several_orders_are_billed_together_and_lost_together(database: Database) -> None:
    with database.transaction() as tx:
        _customer(tx, "albert", 800, (date(2020, 1, 1), None))
        rows = "albert,domaine-std,12,2024-01-01,,\nalbert,domaine-std,5,2024-07-01,,\n"
        import_subscriptions(tx, "s.csv", f"customer,code,quantity,from,to,agreed_price\n{rows}")
        run = dry_run(tx, 2024, Settings())
    grid = _loaded(database, "2024")
    assert _simulated(database, Draft(grid)).total.difference == ZERO
    lost = _simulated(database, Draft(_without(grid, "domaine-std", "domaine-std-sup10"))).total
    assert (lost.before, lost.lost, lost.repriced) == (run.net, run.net, ZERO)


def test_a_class_that_the_draft_does_not_sell_to_is_told_apart(database: Database) -> None:
    with database.transaction() as tx:
        _world(tx)
    grid = _loaded(database, "2024")
    lines = [replace(line, nonmember_price=None) if line.code == "vm1" else line for line in grid.lines]
    simulation = _simulated(database, Draft(draft_grid("projet", lines)))
    (lost,) = simulation.lost
    assert (lost.code, lost.start, lost.order) == ("vm1", date(2024, 11, 1), "web")  # no member since November
    assert "aucun prix n'est imprimé pour les non-adhérents" in lost.lost


def test_what_gets_a_price_is_gained(database: Database) -> None:
    with database.transaction() as tx:
        _customer(tx, "roye", 6000).kind = "epci"  # the line is theirs
        import_subscriptions(
            tx, "s.csv", "customer,code,quantity,from,to,agreed_price\nroye,demat-epci,1,2024-01-01,,\n"
        )
    grid = _loaded(database, "2024")
    lines = [
        replace(line, nonmember_price=Decimal("0.10")) if line.code == "demat-epci" else line for line in grid.lines
    ]
    simulation = _simulated(database, Draft(draft_grid("projet", lines)))
    assert (simulation.total.before, simulation.total.gained, simulation.unbilled) == (ZERO, Decimal("600.00"), ())


def test_a_yearly_price_made_a_fee_is_owed_once_in_the_draft(database: Database) -> None:
    with database.transaction() as tx:
        _world(tx)
    grid = _loaded(database, "2024")
    lines = [replace(x, behaviour="one_off_access_fee") if x.code == "backup-60go" else x for x in grid.lines]
    simulation = _simulated(database, Draft(draft_grid("projet", lines)))
    service = next(line for section in simulation.sections for line in section.lines if line.code == "backup-60go")
    assert (str(service.effect.before), str(service.effect.after)) == ("211.15", "420.00")


def test_brackets_that_move_move_customers(database: Database) -> None:
    with database.transaction() as tx:
        _world(tx)
    grid = _loaded(database, "2024")
    bounds = {"intramuros-501-1000": (501, 700), "intramuros-1001-2000": (701, 2000)}
    lines = [
        replace(x, population_min=bounds[x.code][0], population_max=bounds[x.code][1]) if x.code in bounds else x
        for x in grid.lines
    ]
    cells = _by_code(_simulated(database, Draft(draft_grid("projet", lines))))
    # a member over ten months of the year (305 days), then not sold to others: lost neither before nor after
    assert [cell.after for cell in cells["intramuros-501-1000"]] == [None]
    assert [str(cell.after) for cell in cells["intramuros-1001-2000"]] == ["350.00"]
    assert not any(cell.lost for group in cells.values() for cell in group)


def test_nothing_to_simulate_is_refused(database: Database) -> None:
    with pytest.raises(Invalid, match="rien à simuler"):
        _simulated(database, Draft())
    with pytest.raises(Invalid, match="« 99 »"):
        _simulated(database, Draft(variations=read("99 +2")))
    with pytest.raises(NotFound, match="grilles chargées : 2023"):
        _loaded(database, "2030")
    with pytest.raises(NotFound, match="aucune grille tarifaire pour 2019"):
        _simulated(database, Draft(variations=read("+2")), 2019)
