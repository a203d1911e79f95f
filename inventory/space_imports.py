"""The CSV files of space: racks, and the shares of racks that are sold, never twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from inventory import store
from inventory.booking import MOST_WATTS, TURN
from inventory.csv_import import BadCell, Row, choice, day, integer_between, text, text_up_to
from inventory.customers import in_words
from inventory.errors import Invalid
from inventory.import_report import ImportReport, Told, assign, check_period, completed, import_rows, known
from inventory.models import Rack, Room, Share, Site
from inventory.orm import Transaction
from inventory.racks import KINDS, Span, interval, overlaps, units_text
from inventory.turns import take_turn

RACK_COLUMNS = {
    "site": text_up_to(100),
    "room": text_up_to(100),
    "name": text_up_to(100),
    "u_height": integer_between(1, 100),
    "feeds": text_up_to(20),
    "capacity_w": integer_between(1, 10_000_000),
    "row": text_up_to(50),
    "place": integer_between(1, 1000),
}
SHARE_COLUMNS = {
    "rack": text,
    "kind": choice(*KINDS),
    "position": integer_between(1, 100),
    "units": integer_between(0, 100),
    "customer": text,
    "from": day,
    "to": day,
    "power_w": integer_between(1, MOST_WATTS),
}


def import_racks(tx: Transaction, name: str, content: str, *, skip_bad: bool = False) -> ImportReport:
    """Racks by name, with their site and room. The height of a rack whose space was sold never changes.

    It waits for who books space: a rack is not made lower while somebody books its top.
    """
    take_turn(tx, TURN)
    racks = {rack.name: rack for rack in store.racks(tx)}
    rooms = {(room.site.name, room.name): room for room in store.rooms(tx)}
    sites = {site.name: site for site in store.sites(tx)}
    seen: dict[str, int] = {}

    def room_of(site: str, room: str) -> Room:
        if (site, room) not in rooms:
            sites[site] = sites.get(site) or Site(name=site)
            rooms[site, room] = Room(site=sites[site], name=room)
            tx.add(rooms[site, room])
        return rooms[site, room]

    def apply(row: Row) -> bool:
        values = dict(row.values)
        if seen.setdefault(values["name"], row.line) != row.line:
            raise BadCell("name", f"« {values['name']} » figure déjà à la ligne {seen[values['name']]}.")
        rack = racks.get(values["name"])
        values = completed(values, rack, row)
        values["feeds"] = values["feeds"] or "A,B"
        if rack is not None and rack.shares and rack.u_height != values["u_height"]:
            raise BadCell("u_height", f"la baie {rack.name} a {rack.u_height} U et des parts vendues.")
        values["row"] = values["row"] or ""
        values["room"] = room_of(values.pop("site"), values.pop("room"))
        _check_place(racks, values)
        if rack is not None:
            return assign(rack, values)
        racks[values["name"]] = Rack(**values)
        tx.add(racks[values["name"]])
        return True

    optional = {"feeds", "capacity_w", "row", "place"}
    return import_rows(tx, name, content, RACK_COLUMNS, optional, apply, skip_bad=skip_bad)


def _check_place(racks: Mapping[str, Rack], values: dict[str, Any]) -> None:
    """Two racks never stand at one place of a row."""
    where = (values["room"], values["row"], values["place"])
    same = (rack for rack in racks.values() if (rack.room, rack.row, rack.place) == where)
    other = next((rack for rack in same if rack.name != values["name"]), None)
    if other is not None and values["place"] is not None:
        row = f" de la rangée {values['row']}" if values["row"] else ""
        raise BadCell("place", f"la place {values['place']}{row} est celle de la baie {other.name}.")


def import_shares(tx: Transaction, name: str, content: str, *, skip_bad: bool = False) -> ImportReport:
    """Sold shares, by (rack, interval, customer, first day); space is never sold twice on the same day.

    Two sales wait for each other: neither can miss what the other one sells.
    """
    take_turn(tx, TURN)
    racks = {rack.name: rack for rack in store.racks(tx)}
    customers = {customer.code: customer for customer in store.customers(tx)}
    held: defaultdict[str, list[tuple[Share, int | None]]] = defaultdict(list)
    for share in store.shares(tx):
        held[share.rack.name].append((share, None))
    told = Told()

    def apply(row: Row) -> bool:
        rack = known("rack", "baie", racks, row.values["rack"])
        customer = known("customer", "client", customers, row.values["customer"])
        values = _share(row, rack)
        same = [share for share, _ in held[rack.name] if share.customer is customer and _is_same(share, values)]
        values = completed(values, same[0] if same else None, row)
        _check_free(rack, values, [(share, line) for share, line in held[rack.name] if share not in same])
        where = (rack.name, values["kind"], values["first_half_unit"], values["end_half_unit"])
        told.once((where, customer.code, values["start"]), row, "position")
        if same:
            _check_cage(same[0], values)
            return assign(same[0], values)
        share = Share(**values, rack=rack, customer=customer)
        held[rack.name].append((share, row.line))
        tx.add(share)
        return True

    optional = {"position", "units", "to", "power_w"}
    return import_rows(tx, name, content, SHARE_COLUMNS, optional, apply, skip_bad=skip_bad)


def _share(row: Row, rack: Rack) -> dict[str, Any]:
    kind, start, end = row.values["kind"], row.values["from"], row.values["to"]
    check_period(start, end)
    position = 1 if kind == "full" else row.values["position"]
    if position is None:
        raise BadCell("position", "indiquer le premier U, ou le numéro de la demi-baie ou du quart depuis le bas.")
    units = row.values["units"]
    try:
        first, last = interval(kind, position, 1 if units is None else units, rack.u_height)
    except Invalid as error:
        raise BadCell("position", f"baie {rack.name} : {error}") from None
    return {
        "kind": kind,
        "position": position,
        "first_half_unit": first,
        "end_half_unit": last,
        "start": start,
        "end": end,
        "power_w": row.values["power_w"],
    }


def _check_cage(share: Share, values: dict[str, Any]) -> None:
    """All the racks of a cage end together."""
    if share.cage is not None and share.end != values["end"]:
        raise BadCell("to", f"{share.place} est une baie de l'espace privatif « {share.cage.name} » : finir l'espace.")


def _is_same(share: Share, values: dict[str, Any]) -> bool:
    return all(getattr(share, key) == values[key] for key in ("kind", "first_half_unit", "end_half_unit", "start"))


def _check_free(rack: Rack, values: dict[str, Any], held: list[tuple[Share, int | None]]) -> None:
    wanted = Span(values["first_half_unit"], values["end_half_unit"], values["start"], values["end"])
    for share, line in held:
        if overlaps(wanted, share.span):
            place = units_text(share.first_half_unit, share.end_half_unit)
            where = "" if line is None else f" (ligne {line} de ce fichier)"
            raise BadCell(
                "position",
                f"{rack.name} {units_text(wanted.first_half_unit, wanted.end_half_unit)} chevauche {place}, "
                f"part de {share.customer.code} {in_words(share)}{where}.",
            )
