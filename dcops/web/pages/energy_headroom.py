"""Headroom: what each feed drew at its peak and draws now beside what it may carry; both feeds on one (N+1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from flask import Blueprint, Response, url_for

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import now, parts, transaction
from dcops.web.listing import Badge, Column, Filter, Listing, show
from dcops.web.power_charts import headroom
from inventory import store
from inventory.facts import FeedPower
from inventory.models import Rack
from inventory.orm import Transaction
from metering.collection import watch_store
from metering.source import feeds

blueprint = Blueprint("headroom", __name__, url_prefix="/reserve")
DRAWN = 15
NEAR = Decimal("0.9")
FRESH_POLLS, FRESHEST_S = 3, 900
"""Watts are "now" when they are no older than so many polls, or seconds."""


@dataclass(frozen=True)
class Row:
    """One feed of a rack, or all of them as one must be able to carry them; watts are None if unknown."""

    rack: Rack
    told: FeedPower
    current_w: int | None

    @property
    def together(self) -> bool:
        return "+" in self.told.feed

    @property
    def label(self) -> str:
        return f"{self.rack.name} {self.told.feed}"

    @property
    def peak(self) -> Decimal | None:
        return self._part(self.told.peak_w)

    @property
    def current(self) -> Decimal | None:
        return self._part(self.current_w)

    def _part(self, watts: int | None) -> Decimal | None:
        """Some watts as a part of the capacity."""
        return None if watts is None or not self.rack.capacity_w else Decimal(watts) / self.rack.capacity_w

    @property
    def left(self) -> int | None:
        """Watts until the limit; negative beyond."""
        peak, most = self.told.peak_w, self.told.capacity_w
        return None if peak is None or most is None else most - peak

    @property
    def state(self) -> Badge:
        peak, most = self.told.peak_w, self.told.capacity_w
        if most is None:
            return Badge("Capacité inconnue")
        if peak is None:
            return Badge("Non mesurée", "info")
        if peak > most:
            return Badge("Au-delà de la limite", "bad")
        return Badge("Proche de la limite", "warn") if peak > most * NEAR else Badge("À l’aise", "good")


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """Every feed, the one with the least headroom first."""
    space = parts().settings.space
    with transaction() as tx:
        rows = headroom_rows(tx)
        known = sorted((row for row in rows if row.left is not None), key=lambda row: -(row.peak or 0))
        alone = [row for row in known if not row.together][:DRAWN]
        both = [row for row in known if row.together][:DRAWN]
        return show(
            _listing(rows), "energy/headroom.html", rows=rows, limit=space.feed_limit_percent,
            redundant=space.redundant, alone=alone, both=both, alone_figure=headroom(alone, space.feed_limit_percent),
            both_figure=headroom(both, space.feed_limit_percent),
            over=[row for row in known if (row.left or 0) < 0],
        )  # fmt: skip


def headroom_rows(tx: Transaction) -> list[Row]:
    """Every feed of every rack, and all feeds of each together where they stand in for each other."""
    settings = parts().settings
    fresh = timedelta(seconds=max(FRESHEST_S, FRESH_POLLS * settings.metering.poll_interval_s))
    power = watch_store.power_by_feed(tx, now() - fresh)
    racks = {rack.name: rack for rack in store.racks(tx)}
    told = feeds(tx, now(), settings.space.feed_limit_percent, settings.space.redundant)
    return [Row(racks[one.rack], one, _now(power, one)) for one in told]


def _now(power: dict[tuple[str, str], int], feed: FeedPower) -> int | None:
    """The watts of the moment; of several feeds, once each is known."""
    watts = [power.get((feed.rack, one)) for one in feed.feed.split("+")]
    known = [one for one in watts if one is not None]
    return sum(known) if len(known) == len(watts) else None


def _listing(rows: list[Row]) -> Listing[Row]:
    rooms = sorted({row.rack.room.name for row in rows})
    return Listing(
        "Réserve des voies", rows,
        [
            Column("rack", "Baie", lambda r: r.rack.name,
                   link=lambda r: url_for("racks.detail", name=r.rack.name, _anchor="courbe")),
            Column("room", "Salle", lambda r: r.rack.room.name, phone=False, short=True),
            Column("feed", "Voie", lambda r: r.told.feed),
            Column("now", "En ce moment", lambda r: r.current_w, "power"),
            Column("peak", "Pointe de 30 jours", lambda r: r.told.peak_w, "power"),
            Column("limit", "Limite", lambda r: r.told.capacity_w, "power", phone=False),
            Column("capacity", "Capacité", lambda r: r.rack.capacity_w, "power", phone=False),
            Column("part", "Pointe / capacité", lambda r: r.peak, "percent"),
            Column("left", "Réserve", lambda r: r.left, "power"),
            Column("state", "État", lambda r: r.state, "badge"),
        ],
        filters=[
            Filter("vue", "Vue", (("voies", "Chaque voie"), ("n1", "N+1 : toutes sur une seule")),
                   lambda r, chosen: r.together == (chosen == "n1")),
            Filter("etat", "État", (("hors", "Au-delà de la limite"), ("muet", "Non mesurées")),
                   lambda r, chosen: r.told.peak_w is None if chosen == "muet" else (r.left or 0) < 0),
            Filter("salle", "Salle", [(room, room) for room in rooms], lambda r, chosen: r.rack.room.name == chosen),
        ],
        sort="left", empty="Aucune baie.", hint="Importez-les avec « dcops racks import FICHIER.csv ».",
    )  # fmt: skip
