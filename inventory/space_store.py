"""What is read from the tables of space: sites, rooms, racks and sold shares."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from inventory.conditions import contains, in_force
from inventory.errors import Conflict, NotFound
from inventory.models import Cage, Customer, Finding, Rack, Room, Share, Site, SpaceMove
from inventory.orm import Transaction, row_id

RACK = "rack:"
"""How the thing of a finding about a rack begins."""


def sites(tx: Transaction) -> list[Site]:
    return list(tx.scalars(select(Site).order_by(Site.name)))


def rooms(tx: Transaction) -> list[Room]:
    return list(tx.scalars(select(Room).join(Room.site).options(joinedload(Room.site)).order_by(Site.name, Room.name)))


def select_racks(text: str = "", room: str | None = None) -> Select[Rack]:
    """Racks by name, with room, site and shares; ``text`` is looked for in rack, room and site names."""
    wanted = (
        select(Rack)
        .join(Rack.room)
        .join(Room.site)
        .options(
            joinedload(Rack.room).joinedload(Room.site),
            selectinload(Rack.shares).options(joinedload(Share.customer), joinedload(Share.cage)),
        )
        .order_by(Rack.name)
    )
    if text:
        wanted = wanted.where(contains(text, Rack.name, Room.name, Site.name))
    return wanted if room is None else wanted.where(Room.name == room)


def racks(tx: Transaction, text: str = "", room: str | None = None) -> list[Rack]:
    return list(tx.scalars(select_racks(text, room)))


def rack(tx: Transaction, name: str) -> Rack:
    """The rack of that name, with its shares and their customers. Raises NotFound."""
    found = tx.scalar(select_racks().where(Rack.name == name))
    if found is None:
        raise NotFound(f"baie « {name} » inconnue : la chercher dans la liste des baies (dcops racks list).")
    return found


def select_shares(on: date | None = None, customer: str | None = None) -> Select[Share]:
    """Sold shares by rack and place; those in force on a day, those of one customer code."""
    wanted = (
        select(Share)
        .join(Share.rack)
        .join(Share.customer)
        .options(joinedload(Share.rack), joinedload(Share.customer), joinedload(Share.cage))
        .order_by(Rack.name, Share.first_half_unit, Share.start, Share.id)
    )
    wanted = wanted if on is None else wanted.where(in_force(Share, on))
    return wanted if customer is None else wanted.where(Customer.code == customer)


def shares(tx: Transaction, on: date | None = None, customer: str | None = None) -> list[Share]:
    return list(tx.scalars(select_shares(on, customer)))


def share(tx: Transaction, id: int) -> Share:
    """The share of that number. Raises NotFound."""
    found = tx.scalar(select_shares().where(Share.id == row_id(id)))
    if found is None:
        raise NotFound(f"part de baie n° {id} inconnue : la chercher sur la page de sa baie (dcops shares list).")
    return found


def _cages() -> Select[Cage]:
    held = selectinload(Cage.shares).options(joinedload(Share.rack), joinedload(Share.customer))
    loaded = (joinedload(Cage.room).joinedload(Room.site), joinedload(Cage.customer), held)
    return select(Cage).options(*loaded).order_by(Cage.name)


def cages(tx: Transaction) -> list[Cage]:
    """Every private cage, past and future ones too, by name, with its racks."""
    return list(tx.scalars(_cages()))


def cage(tx: Transaction, id: int) -> Cage:
    """The cage of that number. Raises NotFound."""
    found = tx.scalar(_cages().where(Cage.id == row_id(id)))
    if found is None:
        raise NotFound(f"espace privatif n° {id} inconnu : le chercher sur le plan de sa salle.")
    return found


def booking_of(tx: Transaction, share_id: int) -> SpaceMove | None:
    """Who booked a share; None when it came from a file."""
    wanted = select(SpaceMove).where(SpaceMove.share_id == share_id, SpaceMove.what == "booked")
    return tx.scalar(wanted.order_by(SpaceMove.id.desc()).limit(1))


def moves_of_rack(tx: Transaction, rack_id: int) -> list[SpaceMove]:
    """What people did to the shares of a rack, in the order they did it."""
    return list(tx.scalars(select(SpaceMove).where(SpaceMove.rack_id == rack_id).order_by(SpaceMove.id)))


def room(tx: Transaction, name: str, site: str | None = None) -> Room:
    """A room by its name, and its site where several have one of that name. Raises NotFound, or Conflict."""
    found = [room for room in rooms(tx) if room.name == name and site in (None, room.site.name)]
    if not found:
        raise NotFound(f"salle « {name} » inconnue : la chercher dans la liste des salles (dcops rooms list).")
    if len(found) > 1:
        told = ", ".join(room.site.name for room in found)
        raise Conflict(f"plusieurs salles s'appellent « {name} » : dire le site ({told}).")
    return found[0]


def findings_of_racks(tx: Transaction, states: Collection[str]) -> dict[str, tuple[int, Decimal]]:
    """By rack, how many findings are in those states, and their euros per year."""
    wanted = select(Finding.thing, func.count(), func.sum(Finding.eur_per_year)).group_by(Finding.thing)
    rows = tx.execute(wanted.where(Finding.state.in_(states), Finding.thing.startswith(RACK)))
    return {thing.removeprefix(RACK): (count, worth) for thing, count, worth in rows}
