"""The rules of power: space sold where nothing counts its kWh, feeds that carry more than they may; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from inventory.answers import Answers
from inventory.differences import Difference, Resources, Values
from inventory.facts import FeedPower, Reservation
from inventory.french import grouped
from inventory.match import REAL, SOLD
from inventory.rack_view import share_values, sold_to, span_of, units_of

METERS_SCOPE = "meters"
"""The scope in which the meters are told: all of them answer together."""
UNMETERED, OVERLOADED = "power.unmetered-share", "power.over-capacity"


def power_differences(answers: Answers, on: date, names: Mapping[str, str]) -> Iterator[Difference]:
    """``power.unmetered-share``: a share sold on that day draws from feeds that no meter counts for it.

    ``power.over-capacity``: the peak of a feed, or of several together ("A+B"), is above what it may carry; a peak or
    a capacity that nobody knows makes no difference. Neither has a price: kWh that nobody measured cannot be counted,
    and a feed that trips costs nobody's tariff.
    """
    feeds = sorted(answers.facts(REAL, FeedPower), key=lambda one: (one.rack, one.feed, repr(one)))
    uncounted: defaultdict[str, list[str]] = defaultdict(list)
    for feed in feeds:
        for reference in feed.unmetered:
            uncounted[reference].append(feed.feed)
    shares = {share.reference: share for share in answers.facts(SOLD, Reservation) if span_of(share).holds(on)}
    for reference, names_of_feeds in sorted(uncounted.items()):
        if reference in shares:
            yield _unmetered(shares[reference], names_of_feeds, names)
    yield from (_overloaded(feed) for feed in feeds if _is_over(feed))


def _is_over(feed: FeedPower) -> bool:
    return feed.peak_w is not None and feed.capacity_w is not None and feed.peak_w > feed.capacity_w


def _unmetered(share: Reservation, feeds: list[str], names: Mapping[str, str]) -> Difference:
    which = f"la voie {feeds[0]}" if len(feeds) == 1 else f"les voies {' et '.join(feeds)}"
    title = f"{sold_to(share, names)} : aucun compteur ne relève {which}"
    return _difference(share.rack, UNMETERED, units_of(share), title, share, {"unmetered": ", ".join(feeds)})


def _overloaded(feed: FeedPower) -> Difference:
    """Its value is the peak in hundreds of watts: one that creeps by some watts is not another difference."""
    peak, most = feed.peak_w or 0, feed.capacity_w or 0
    which, may = f"voie {feed.feed}", f"{grouped(str(most))} au plus"
    if "+" in feed.feed:
        which = f"voies {feed.feed.replace('+', ' et ')}"
        may = f"{may} sur une seule"
    title = f"Baie {feed.rack} {which} : {grouped(str(peak))} W en pointe pour {may}"
    values = {"feed": feed.feed, "peak_w": peak - peak % 100, "capacity_w": most}
    return _difference(feed.rack, OVERLOADED, f"feed {feed.feed}", title, None, values)


def _difference(rack: str, rule: str, field: str, title: str, share: Reservation | None, real: Values) -> Difference:
    return Difference(
        thing=f"rack:{rack}",
        rule=rule,
        field=field[:40],
        scope=METERS_SCOPE,
        title=title,
        customer=share.customer if share else None,
        sold=share_values(share) if share else None,
        documented=None,
        real=real,
        resources=Resources(),
    )
