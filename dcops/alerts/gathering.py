"""Gathers what the rules of alerts look at, from the meters, the racks and the sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from dcops.alerts.facts import TOGETHER, Facts, FeedNow, JobNow, Limits, MeterNow, Told
from dcops.config import Settings
from inventory import store as inventory_store
from inventory.french import counted, instant
from inventory.models import Rack
from inventory.orm import Transaction
from metering.collection import present_store
from metering.collection.present_store import Present, Still
from metering.intervals.vee_store import Prolonged, prolonged_estimations
from metering.places import place_store
from metering.places.place import OF_SHARES, Placed

MANUAL, BY_THE_HOUR = "csv", "prometheus"
DAY, LOOKED_BACK = timedelta(days=1), timedelta(days=7)
POLLS_MISSED = 3


def limits_of(settings: Settings) -> Limits:
    """From when on something is an alert, by the settings."""
    asked, space = settings.alerts, settings.space
    return Limits(
        load_percent=space.feed_limit_percent,
        hysteresis_points=asked.hysteresis_points,
        redundant=space.redundant,
        stale=max(timedelta(minutes=asked.stale_minutes), _missed(settings)),
        stale_by_driver={
            MANUAL: timedelta(days=asked.stale_csv_days),
            BY_THE_HOUR: timedelta(minutes=asked.stale_prometheus_minutes),
        },
        frozen=timedelta(hours=asked.frozen_hours),
        source_silent=timedelta(hours=settings.reconcile.stale_hours),
    )


def gather(
    tx: Transaction, settings: Settings, now: datetime, jobs: Sequence[JobNow], known: Iterable[tuple[str, str]]
) -> Facts:
    """All that the rules look at; ``known``: the alerts that are open."""
    racks = inventory_store.racks(tx)
    placed = place_store.placed_in_racks(tx, [rack.id for rack in racks])
    counting = {rack.name: [one for one in placed[rack.id] if one.counts_at(now)] for rack in racks}
    where = {one.meter: rack for rack, ones in counting.items() for one in ones if one.scope != "busbar"}
    site = _Site(present_store.presents(tx, now, timedelta(hours=settings.alerts.frozen_hours)), settings, now)
    drew = present_store.drew_power(tx, [one.meter_id for one in site.at_rest()], now - DAY)
    stills = present_store.stills(tx, site.unmoved(), now - LOOKED_BACK)
    return Facts(
        now=now,
        feeds=[feed for rack in racks for feed in site.feeds(rack, counting[rack.name], drew)],
        meters=list(site.meters(where, stills)),
        resets=[Told(name, where.get(name), at, why) for name, at, why in present_store.undecided_resets(tx)],
        estimated=_estimated(tx, settings, now, where),
        jobs=jobs,
        sources=_sources(tx, settings),
        open=frozenset(known),
    )


def _estimated(tx: Transaction, settings: Settings, now: datetime, where: Mapping[str, str]) -> list[Told]:
    """The meters that are estimated for long, and for how long in all."""
    found = prolonged_estimations(tx, now, settings.metering.vee.prolonged_days)
    return [Told(one.meter, where.get(one.meter), one.since, _estimated_words(one)) for one in found]


def _estimated_words(one: Prolonged) -> str:
    hours = counted(round(one.estimated.total_seconds() / 3600), "heure")
    return f"son énergie est estimée, {hours} en tout sur les 31 derniers jours, la première le {instant(one.since)}."


def _missed(settings: Settings) -> timedelta:
    """How long a meter is not heard when it misses some rounds of polling."""
    return timedelta(seconds=POLLS_MISSED * settings.metering.poll_interval_s)


def _sources(tx: Transaction, settings: Settings) -> dict[str, datetime]:
    """When the sources of the settings last told everything."""
    asked = {server.name for server in settings.proxmox} | ({"netbox"} if settings.netbox else set())
    return {name: at for name, at in inventory_store.last_complete(tx) if name in asked}


@dataclass(frozen=True)
class _Site:
    """The meters in service, and which of their readings still tell the present."""

    presents: Sequence[Present]
    settings: Settings
    now: datetime

    @cached_property
    def polled(self) -> dict[int, Present]:
        """Those that nobody has to go and read, by id."""
        return {one.meter_id: one for one in self.presents if one.driver != MANUAL}

    def fresh(self, one: Present) -> bool:
        """Read within a few rounds of polling; by a person, never."""
        asked = self.settings.alerts
        longest = max(timedelta(minutes=asked.silent_minutes), _missed(self.settings))
        if one.driver == BY_THE_HOUR:
            longest = timedelta(minutes=asked.stale_prometheus_minutes)
        return one.driver != MANUAL and one.last is not None and self.now - one.last.at <= longest

    def at_rest(self) -> Iterator[Present]:
        """Those that tell no power now."""
        return (one for one in self.presents if one.last is not None and one.last.power_w == 0 and self.fresh(one))

    def unmoved(self) -> list[tuple[int, int]]:
        """(meter, Wh) of the registers that did not move in the span asked for, though some power may flow."""
        return [
            (one.meter_id, one.last.wh)
            for one in self.presents
            if one.last is not None and one.before_wh == one.last.wh and one.last.power_w != 0 and self.fresh(one)
        ]

    def feeds(self, rack: Rack, counting: Sequence[Placed], drew: set[int]) -> Iterator[FeedNow]:
        """The feeds of a rack that are polled: by the meters of the whole feed, else by those of its shares."""
        for feed in sorted({one.feed or TOGETHER for one in counting}):
            here = [one for one in counting if (one.feed or TOGETHER) == feed and one.meter_id in self.polled]
            chosen = [one for one in here if one.scope == "rack"] or [one for one in here if one.scope in OF_SHARES]
            if chosen:
                yield self._feed(rack, feed, [self.polled[one.meter_id] for one in chosen], drew)

    def _feed(self, rack: Rack, feed: str, meters: Sequence[Present], drew: set[int]) -> FeedNow:
        told = [(one, watts) for one in meters if self.fresh(one) and (watts := _watts(one)) is not None]
        read = [one.last.at for one in meters if one.last is not None]
        return FeedNow(
            rack=rack.name,
            feed=feed,
            capacity_w=rack.capacity_w,
            watts=sum(watts for _, watts in told) if told else None,
            whole=len(told) == len(meters),
            at=min((one.last.at for one, _ in told if one.last is not None), default=None),
            last_at=max(read, default=None),
            drew=any(one.meter_id in drew for one in meters),
        )

    def meters(self, where: Mapping[str, str], stills: Mapping[int, Still]) -> Iterator[MeterNow]:
        """Each meter in service, and whether its register moves."""
        moving = [one for one in self.presents if self.fresh(one) and _moved(one)]
        racks = {where[one.meter] for one in moving if one.meter in where}
        for one in self.presents:
            still = stills.get(one.meter_id)
            yield MeterNow(
                name=one.meter,
                driver=one.driver,
                rack=where.get(one.meter),
                in_service=one.since,
                last_at=one.last.at if one.last else None,
                wh=one.last.wh if one.last else None,
                still_since=still.since if still else None,
                mean_w=still.mean_w if still else None,
                usual_wh=_usual(one),
                neighbours=where.get(one.meter) in racks,
            )


def _moved(one: Present) -> bool:
    return one.last is not None and one.before_wh is not None and one.last.wh > one.before_wh


def _usual(one: Present) -> int | None:
    """What a register counted in the day before the span asked for."""
    return None if one.before_wh is None or one.day_before_wh is None else one.before_wh - one.day_before_wh


def _watts(one: Present) -> int | None:
    """The power that a meter tells; of one that tells none, what its register says of the last hour or so."""
    assert one.last is not None
    if one.last.power_w is not None or one.hour_ago is None:
        return one.last.power_w
    seconds = int((one.last.at - one.hour_ago.at).total_seconds())
    counted = one.last.wh - one.hour_ago.wh
    return counted * 3600 // seconds if 0 < seconds <= 3 * 3600 and counted >= 0 else None
