"""What is read from the tables of space: sites, rooms, racks and sold shares."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from inventory.conditions import contains, in_force
from inventory.errors import NotFound
from inventory.models import Customer, Rack, Room, Share, Site
from inventory.orm import Transaction


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
        .options(joinedload(Rack.room).joinedload(Room.site), selectinload(Rack.shares).joinedload(Share.customer))
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
        .options(joinedload(Share.rack), joinedload(Share.customer))
        .order_by(Rack.name, Share.first_half_unit, Share.start, Share.id)
    )
    wanted = wanted if on is None else wanted.where(in_force(Share, on))
    return wanted if customer is None else wanted.where(Customer.code == customer)


def shares(tx: Transaction, on: date | None = None, customer: str | None = None) -> list[Share]:
    return list(tx.scalars(select_shares(on, customer)))
