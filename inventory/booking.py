"""Booking a share of a rack: whose the space is, ending what is held, cancelling what has not begun.

Each takes its turn first, so of two people who book the same units at once the second one is told who has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError

from inventory import space_store, store
from inventory.customers import in_words
from inventory.errors import Conflict, Invalid
from inventory.models import Cage, Customer, Rack, Share, SpaceMove
from inventory.orm import Transaction
from inventory.racks import Span, interval, overlaps, units_text
from inventory.turns import take_turn

Billed = Callable[[str, int], date | None]
"""Until when issued invoices bill an order, by its kind and its number; None: they do not."""
TURN = "shares"
LONGEST_REASON = 500
MOST_WATTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A share to book over the days [start, end); ``position`` and ``units`` as ``inventory.racks`` reads them."""

    rack: str
    kind: str
    customer: str
    start: date
    end: date | None = None
    position: int = 1
    units: int = 1
    power_w: int | None = None


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, when, and why."""

    author: str
    now: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The share that a wish would become: of no session, so that what is only looked at is never written."""

    rack: Rack
    customer: Customer
    wish: Wish
    span: Span

    @property
    def place(self) -> str:
        return f"{self.rack.name} {units_text(self.span.first_half_unit, self.span.end_half_unit)}"

    def share(self, cage: Cage | None = None) -> Share:
        wish, span = self.wish, self.span
        return Share(
            rack=self.rack, customer=self.customer, kind=wish.kind, position=wish.position, cage=cage,
            first_half_unit=span.first_half_unit, end_half_unit=span.end_half_unit, start=wish.start, end=wish.end,
            power_w=wish.power_w,
        )  # fmt: skip


def assess(tx: Transaction, wish: Wish) -> Draft:
    """What a wish would become, nothing written. Raises Invalid, NotFound, or Conflict saying who has the space."""
    wanted = draft(store.rack(tx, wish.rack), store.customer(tx, wish.customer), wish)
    check_free(tx, [wanted])
    return wanted


def book(tx: Transaction, wish: Wish, by: By) -> Share:
    """Record a share. Raises as ``assess`` does, nothing written."""
    take_turn(tx, TURN)
    share = assess(tx, wish).share()
    add(tx, [share], by)
    return share


def move_end(tx: Transaction, share_id: int, end: date | None, by: By) -> Share:
    """End a share (``end`` is the day after its last), move its end, or take it back (None).

    What was billed beyond the new end stays as it was issued: the next billing run credits it. Raises Invalid,
    NotFound, or Conflict when the space is somebody else's by then.
    """
    take_turn(tx, TURN)
    share = space_store.share(tx, share_id)
    _check_own(share, "mettre fin à l'espace")
    move_ends(tx, [share], end, by)
    return share


def cancel(tx: Transaction, share_id: int, billed: Billed, by: By, today: date) -> Rack:
    """Take back a share that has not begun and that no issued invoice bills; returns its rack. Raises Conflict."""
    take_turn(tx, TURN)
    share = space_store.share(tx, share_id)
    _check_own(share, "annuler l'espace")
    check_unbegun(share.place, share.start, today)
    check_unbilled([share], billed)
    rack = share.rack
    delete(tx, [share], by)
    return rack


def draft(rack: Rack, customer: Customer, wish: Wish) -> Draft:
    """The share of a rack that a wish asks for, whoever holds the space. Raises Invalid."""
    wish = replace(wish, position=1) if wish.kind == "full" else wish
    _check_days(wish.start, wish.end)
    if wish.power_w is not None and not 0 < wish.power_w <= MOST_WATTS:
        raise Invalid(f"{wish.power_w} W : une puissance va de 1 à {MOST_WATTS} W ; la laisser vide si rien n'est dit.")
    try:
        first, last = interval(wish.kind, wish.position, wish.units, rack.u_height)
    except Invalid as error:
        raise Invalid(f"baie {rack.name} : {error}") from None
    return Draft(rack, customer, wish, Span(first, last, wish.start, wish.end))


def _check_days(start: date, end: date | None) -> None:
    if end is not None and end <= start:
        raise Invalid(
            f"la part finirait avant de commencer, le {start:%d/%m/%Y} : choisir un dernier jour plus tardif."
        )


def _check_own(share: Share, remedy: str) -> None:
    if share.cage is not None:
        raise Conflict(f"{share.place} est une baie de l'espace privatif « {share.cage.name} » : {remedy}.")


def check_unbegun(what: str, start: date, today: date) -> None:
    """Raise Conflict when it is too late to take something back: it is then ended."""
    if start <= today:
        raise Conflict(f"{what} a commencé le {start:%d/%m/%Y} : y mettre fin au lieu de l'annuler.")


def check_unbilled(shares: Iterable[Share], billed: Billed) -> None:
    """Raise Conflict when issued invoices rest on one of the shares: what was billed is never taken back."""
    for share in shares:
        if billed("share", share.id) is not None:
            raise Conflict(f"{share.place} est sur une facture émise : y mettre fin, la prochaine campagne créditera.")


def check_free(tx: Transaction, drafts: Iterable[Draft]) -> None:
    """Raise Conflict naming all that is in the way, and whose it is."""
    held = []
    for each in drafts:
        over = [_held(tx, share) for share in each.rack.shares if overlaps(each.span, share.span)]
        held += [f"{each.place} : {', '.join(over)}"] if over else []
    if held:
        raise Conflict(f"{' ; '.join(held)}. Choisir une autre place ou d'autres jours.")


def _held(tx: Transaction, share: Share) -> str:
    """Whose a share is, and who booked it where somebody did: what the second of two people must know."""
    move = space_store.booking_of(tx, share.id)
    who = "" if move is None else f", réservé par {move.author}"
    units = units_text(share.first_half_unit, share.end_half_unit)
    return f"{units} est déjà à {share.customer.name} {in_words(share)}{who}"


def add(tx: Transaction, shares: Sequence[Share], by: By) -> None:
    """Write new shares, and who booked them."""
    tx.add_all(shares)
    tx.flush()
    _tell(tx, shares, "booked", by)


def move_ends(tx: Transaction, shares: Sequence[Share], end: date | None, by: By) -> None:
    """Move the end of shares, all of them or none; the turn is taken already."""
    if all(share.end == end for share in shares):
        raise Conflict("la fin est déjà celle-là : rien à changer.")
    for share in shares:
        if end is not None and end <= share.start:
            raise Invalid(f"{share.place} commence le {share.start:%d/%m/%Y} : finir plus tard, ou annuler.")
    held = [
        f"{share.place} : {_held(tx, other)}"
        for share in shares
        for other in share.rack.shares
        if other is not share and overlaps(replace(share.span, end=end), other.span)
    ]
    if held:
        raise Conflict(f"{' ; '.join(held)}. Finir avant ce jour.")
    for share in shares:
        share.end = end
    tx.flush()
    _tell(tx, shares, "end", by)


def delete(tx: Transaction, shares: Sequence[Share], by: By) -> None:
    """Take shares back. Raises Conflict when a meter counts for one."""
    _tell(tx, shares, "cancelled", by)
    for share in shares:
        tx.delete(share)
    try:
        tx.flush()
    except IntegrityError as error:
        raise Conflict(f"un compteur mesure {shares[0].place} : le retirer avant d'annuler.") from error


def _tell(tx: Transaction, shares: Iterable[Share], what: str, by: By) -> None:
    """Keep who did what to each share, and what it was then."""
    if len(by.reason) > LONGEST_REASON:
        raise Invalid(f"motif de {len(by.reason)} caractères : {LONGEST_REASON} au plus.")
    for share in shares:
        values = {
            "place": units_text(share.first_half_unit, share.end_half_unit),
            "customer": share.customer.code,
            "from": share.start.isoformat(),
            "to": share.end and share.end.isoformat(),
            "power_w": share.power_w,
            "cage": share.cage and share.cage.name,
        }
        tx.add(
            SpaceMove(
                rack_id=share.rack_id, share_id=share.id, what=what, values=values, author=by.author,
                reason=by.reason, recorded_at=by.now,
            )
        )  # fmt: skip
    tx.flush()
