"""The kinds of alerts: one small function each, from the facts and the limits to what is seen; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from dcops.alerts.facts import TOGETHER, Facts, FeedNow, JobNow, Limits, MeterNow, Seen, Told
from inventory.french import grouped, instant, kwh, source_named

SEVERITIES = WARNING, CRITICAL = "warning", "critical"
FEED_LOAD, FEED_SILENT = "feed-load", "feed-silent"
METER_STALE, REGISTER_FROZEN, REGISTER_RESET = "meter-stale", "register-frozen", "register-reset"
ESTIMATION, JOB_LATE, SOURCE_SILENT = "estimation-prolonged", "job-late", "source-silent"
MUST_MOVE_WH = 1100
"""Energy that moves any register: some count whole kWh, and the power that is told is a tenth off."""


def feed_load(facts: Facts, limits: Limits) -> Iterator[Seen]:
    """A feed above its limit; where one feed must be able to carry all, also what they draw together."""
    for rack, feeds in _by_rack(facts):
        alone = [one for one in feeds if one.feed != TOGETHER]
        found = [
            seen
            for one in alone
            for seen in _loaded(one, f"baie:{rack}/{one.feed}", f"Baie {rack}, voie {one.feed} :", facts, limits)
        ]
        yield from found
        if limits.redundant and (len(alone) > 1 or len(alone) < len(feeds)):
            names = "+".join(one.feed for one in alone) or "A+B"
            words = f"Baie {rack}, {names} ensemble, qu'une voie seule doit pouvoir porter :"
            both = _loaded(_together(feeds), f"baie:{rack}/{names}", words, facts, limits)
            yield from (one for one in both if _says_more(one, found, facts))


def feed_silent(facts: Facts, limits: Limits) -> Iterator[Seen]:
    """A feed that gives nothing while another one of its rack does."""
    for rack, feeds in _by_rack(facts):
        for one in feeds:
            others = [other for other in feeds if other is not one and TOGETHER not in (other.feed, one.feed)]
            giving = next((other for other in others if other.watts), None)
            if giving is not None:
                beside = f"alors que la voie {giving.feed} donne {_kw(giving.watts or 0)}"
                yield from _silent(one, f"baie:{rack}/{one.feed}", beside, facts)


def meter_stale(facts: Facts, limits: Limits) -> Iterator[Seen]:
    """A meter without any reading for longer than its driver allows."""
    for one in facts.meters:
        heard = one.last_at or one.in_service
        if limits.is_stale(one, facts.now):
            since = f"depuis le {instant(heard)}" if one.last_at else f"depuis sa mise en service le {instant(heard)}"
            message = f"Compteur {one.name} : aucun relevé {since}."
            yield Seen(METER_STALE, _meter(one.name), WARNING, message, one.rack, since=heard)


def register_frozen(facts: Facts, limits: Limits) -> Iterator[Seen]:
    """A register that does not move though the device tells power, or though it used to and its neighbours do."""
    for one in facts.meters:
        subject = _meter(one.name)
        if limits.is_stale(one, facts.now):
            if (REGISTER_FROZEN, subject) in facts.open:
                yield Seen(REGISTER_FROZEN, subject, WARNING, "")
        elif one.still_since is not None and facts.now - one.still_since >= limits.frozen:
            why = _must_have_moved(one, facts.now)
            if why:
                head = f"Compteur {one.name} : son registre reste à {kwh(one.wh or 0)} kWh"
                message = f"{head} depuis le {instant(one.still_since)} {why}"
                yield Seen(REGISTER_FROZEN, subject, WARNING, message, one.rack, since=one.still_since)


def register_reset(facts: Facts, limits: Limits) -> Iterator[Seen]:
    """A register that went back, that nothing explained and nobody decided of."""
    yield from (_told(REGISTER_RESET, one) for one in facts.resets)


def estimation_prolonged(facts: Facts, limits: Limits) -> Iterator[Seen]:
    """A meter of which the energy is estimated for too long."""
    yield from (_told(ESTIMATION, one) for one in facts.estimated)


def job_late(facts: Facts, limits: Limits) -> Iterator[Seen]:
    """A scheduled job that did not start in time, or that fails."""
    for one in facts.jobs:
        yield Seen(JOB_LATE, f"tâche:{one.name}", WARNING, _late(one))


def source_silent(facts: Facts, limits: Limits) -> Iterator[Seen]:
    """A source that has not told everything for too long."""
    for name, at in sorted(facts.sources.items()):
        if facts.now - at > limits.source_silent:
            message = f"Source {source_named(name)} : elle n'a pas tout dit depuis le {instant(at)}."
            yield Seen(SOURCE_SILENT, f"source:{name}", WARNING, message, since=at)


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind and what people call it. ``varies``: one observation is not enough, to open it or to close it."""

    title: str
    see: Callable[[Facts, Limits], Iterator[Seen]]
    varies: bool = False


RULES: dict[str, Rule] = {
    FEED_LOAD: Rule("Voie trop chargée", feed_load, varies=True),
    FEED_SILENT: Rule("Voie muette", feed_silent, varies=True),
    METER_STALE: Rule("Compteur sans relevé", meter_stale),
    REGISTER_FROZEN: Rule("Registre figé", register_frozen),
    REGISTER_RESET: Rule("Registre revenu en arrière", register_reset),
    ESTIMATION: Rule("Estimation prolongée", estimation_prolonged),
    JOB_LATE: Rule("Tâche en retard ou en échec", job_late, varies=True),
    SOURCE_SILENT: Rule("Source muette", source_silent),
}


def title_of(kind: str) -> str:
    """What people call a kind; one that is no more has its own name."""
    return RULES[kind].title if kind in RULES else kind


def _by_rack(facts: Facts) -> Iterator[tuple[str, list[FeedNow]]]:
    for rack, feeds in groupby(facts.feeds, lambda one: one.rack):
        yield rack, list(feeds)


def _loaded(one: FeedNow, subject: str, words: str, facts: Facts, limits: Limits) -> Iterator[Seen]:
    """What a feed draws against its limit; an open alert stays until it is some points below."""
    if not one.capacity_w:
        return
    is_open = (FEED_LOAD, subject) in facts.open
    limit = limits.load_percent - (limits.hysteresis_points if is_open else 0)
    if one.watts is not None and one.watts * 100 > one.capacity_w * limit:
        part = f"{one.watts * 100 // one.capacity_w} % de la capacité d'une voie ({_kw(one.capacity_w)})"
        message = f"{words} {_kw(one.watts)}, soit {part} ; la limite est de {limits.load_percent} %."
        severity = CRITICAL if one.watts > one.capacity_w else WARNING
        yield Seen(FEED_LOAD, subject, severity, message, one.rack, one.at)
    elif is_open and not one.whole:
        yield Seen(FEED_LOAD, subject, WARNING, "")


def _says_more(one: Seen, others: Sequence[Seen], facts: Facts) -> bool:
    """Whether the load of all feeds is worth an alert beside those of each: where it is worse, or is one already."""
    severities = {other.severity for other in others if other.message}
    return not severities or CRITICAL in {one.severity} - severities or (one.kind, one.subject) in facts.open


def _together(feeds: Sequence[FeedNow]) -> FeedNow:
    known = [one for one in feeds if one.watts is not None]
    return FeedNow(
        rack=feeds[0].rack,
        feed=TOGETHER,
        capacity_w=feeds[0].capacity_w,
        watts=sum(one.watts or 0 for one in known) if known else None,
        whole=all(one.whole for one in feeds),
        at=min((one.at for one in known if one.at), default=None),
        last_at=None,
    )


def _silent(one: FeedNow, subject: str, beside: str, facts: Facts) -> Iterator[Seen]:
    head = f"Baie {one.rack}, voie {one.feed} :"
    if one.watts is None and one.last_at is not None:
        message = (
            f"{head} plus aucune réponse depuis le {instant(one.last_at)} {beside} ; voie coupée ou PDU injoignable."
        )
        yield Seen(FEED_SILENT, subject, WARNING, message, one.rack, since=one.last_at)
    elif one.watts == 0 and one.whole and (one.drew or (FEED_SILENT, subject) in facts.open):
        message = f"{head} plus aucune puissance {beside} ; elle ne secourt plus l'autre."
        yield Seen(FEED_SILENT, subject, CRITICAL, message, one.rack, one.at)


def _must_have_moved(one: MeterNow, now: datetime) -> str:
    """Why a register cannot have stayed where it is; nothing when it may have."""
    assert one.still_since is not None
    hours = (now - one.still_since).total_seconds() / 3600
    if one.mean_w is not None:
        missing = int(one.mean_w * hours)
        told = f"alors que l'appareil dit {_kw(round(one.mean_w))} en moyenne"
        return f"{told} : {kwh(missing)} kWh ne sont comptés nulle part." if missing >= MUST_MOVE_WH else ""
    usual = int((one.usual_wh or 0) * hours / 24)
    told = "alors que les autres compteurs de la baie avancent"
    return f"{told} : il comptait {kwh(usual)} kWh dans ce temps." if usual >= MUST_MOVE_WH and one.neighbours else ""


def _told(kind: str, one: Told) -> Seen:
    return Seen(kind, _meter(one.meter), WARNING, f"Compteur {one.meter} : {one.words}", one.rack, since=one.since)


def _late(job: JobNow) -> str:
    success = f"dernière réussite le {instant(job.last_success_at)}" if job.last_success_at else "jamais réussie"
    state = "en retard" if job.late else f"en échec ({job.message.rstrip('.')})"
    return f"Tâche « {job.title} » : {state}, {success}."


def _meter(name: str) -> str:
    return f"compteur:{name}"


def _kw(watts: int) -> str:
    return f"{grouped(f'{watts / 1000:.2f}')} kW"
