"""Polling: the rounds of the last days and those that did not take place, each device, what each gave in a round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, url_for

from dcops.auth.permissions import Permission as P
from dcops.web.access import permits
from dcops.web.context import now, parts, transaction
from dcops.web.listing import Badge, Column, Filter, Listing, show
from inventory.errors import NotFound
from inventory.orm import row_id
from metering.collection import poll_store
from metering.collection.backoff import rests
from metering.collection.missed import Missed, missed
from metering.collection.poll_store import Polled, Result
from metering.drivers.address import shown
from metering.models import PollRun

blueprint = Blueprint("polling", __name__, url_prefix="/releves")
DAYS = 7
OUTCOMES = {
    "ok": Badge("Relevé", "good"),
    "partial": Badge("En partie", "warn"),
    "failed": Badge("En échec", "bad"),
    "skipped": Badge("Laissé"),
}


@dataclass(frozen=True)
class Line:
    """A round, or rounds that did not take place."""

    at: datetime
    run: PollRun | None = None
    gap: Missed | None = None

    @property
    def state(self) -> Badge:
        if self.run is None:
            return Badge("Relève manquée", "bad")
        if self.run.devices_failed:
            return Badge("Avec échecs", "warn" if self.run.devices_ok else "bad")
        return Badge("Complète", "good")

    @property
    def words(self) -> str | None:
        if self.gap is not None:
            return f"{self.gap.count} de suite" if self.gap.count > 1 else None
        return (self.run.note if self.run else "") or None

    def count(self, name: str) -> int | None:
        return getattr(self.run, name) if self.run else None

    @property
    def seconds(self) -> int | None:
        return round((self.run.ended_at - self.run.started_at).total_seconds()) if self.run else None


@blueprint.get("/")
@permits(P.READ_SPACE)
def index() -> Response | str:
    """The rounds of the last days, newest first, and those that did not take place."""
    interval = timedelta(seconds=parts().settings.metering.poll_interval_s)
    with transaction() as tx:
        runs = poll_store.poll_runs_since(tx, now() - timedelta(days=DAYS))
        devices = poll_store.polled(tx, now())
    gaps = list(missed((run.started_at for run in runs), interval, now()))
    lines = [Line(run.started_at, run) for run in runs] + [Line(gap.expected_at, gap=gap) for gap in gaps]
    silent = sum(1 for device in devices if device.known is not None and device.known.failures)
    return show(
        _runs(lines), "polling/index.html", days=DAYS, last=next(iter(runs), None),
        missed=sum(gap.count for gap in gaps), devices=len(devices), silent=silent,
    )  # fmt: skip


def _runs(lines: Sequence[Line]) -> Listing[Line]:
    states = [(word, word) for word in ("Complète", "Avec échecs", "Relève manquée")]
    return Listing(
        "Relèves automatiques", lines,
        [
            Column("at", "Début", lambda line: line.at, "instant", short=True,
                   link=lambda line: url_for("energy.polling.run", run_id=line.run.id) if line.run else None),
            Column("state", "État", lambda line: line.state, "badge"),
            Column("ok", "Relevés", lambda line: line.count("devices_ok"), "number"),
            Column("failed", "En échec", lambda line: line.count("devices_failed"), "number"),
            Column("skipped", "Laissés", lambda line: line.count("devices_skipped"), "number", phone=False),
            Column("readings", "Index", lambda line: line.count("readings"), "number", phone=False),
            Column("seconds", "Durée (s)", lambda line: line.seconds, "number", phone=False),
            Column("words", "Remarque", lambda line: line.words, wide=True),
        ],
        [Filter("etat", "État", states, lambda line, chosen: line.state.label == chosen)],
        sort="-at", empty="Aucune relève automatique.",
        hint="Lancez « dcops meters poll », ou activez la tâche poll-meters.",
    )  # fmt: skip


@blueprint.get("/appareils")
@permits(P.READ_SPACE)
def devices() -> Response | str:
    """Every device that is polled, and what is known of it."""
    with transaction() as tx:
        found = poll_store.polled(tx, now())
    return show(_devices(found, now()), "polling/devices.html")


def state_of(device: Polled, at: datetime) -> Badge:
    """How a device answers, in a word."""
    if device.known is None:
        return Badge("Jamais relevé")
    if device.known.failures:
        return Badge("Laissé un temps", "bad") if rests(device.known.retry_at, at) else Badge("En échec", "bad")
    return Badge("En partie", "warn") if device.incomplete else Badge("Répond", "good")


def _devices(found: Sequence[Polled], at: datetime) -> Listing[Polled]:
    states = [(word, word) for word in ("Répond", "En partie", "En échec", "Laissé un temps", "Jamais relevé")]
    return Listing(
        "Appareils relevés", found,
        [
            Column("place", "Appareil", lambda each: each.place, short=True),
            Column("driver", "Pilote", lambda each: each.driver, phone=False),
            Column("meters", "Compteurs", lambda each: ", ".join(each.meters)),
            Column("state", "État", lambda each: state_of(each, at), "badge"),
            Column("ok", "Dernière réponse", lambda each: each.known and each.known.last_ok_at, "instant"),
            Column("failures", "Échecs de suite", lambda each: each.known.failures if each.known else None, "number"),
            Column("retry", "Redemandé dès", lambda each: each.known and each.known.retry_at, "instant", phone=False),
            Column("took", "Durée (ms)", lambda each: each.known and each.known.took_ms, "number", phone=False),
            Column("message", "Dernier échec", lambda each: (each.known and each.known.message) or None, wide=True),
        ],
        [Filter("etat", "État", states, lambda each, chosen: state_of(each, at).label == chosen)],
        sort="-failures", empty="Aucun appareil à relever.",
        hint="Importez les compteurs avec « dcops meters import FICHIER.csv ».",
    )  # fmt: skip


@blueprint.get("/<int:run_id>")
@permits(P.READ_SPACE)
def run(run_id: int) -> Response | str:
    """What each device gave in a round."""
    with transaction() as tx:
        found = poll_store.poll_run(tx, row_id(run_id))
        if found is None:
            raise NotFound(f"relève n° {run_id} inconnue.")
        results = poll_store.results(tx, found.id)
    why: dict[str, list[str]] = {}
    for failure in found.failures:
        why.setdefault(failure.address, []).append(failure.message)
    return show(_results(results, why, found), "polling/run.html", run=found, line=Line(found.started_at, found))


def _results(results: Sequence[Result], why: dict[str, list[str]], found: PollRun) -> Listing[Result]:
    states = [(outcome, badge.label) for outcome, badge in OUTCOMES.items()]
    return Listing(
        f"Relève {found.id}", results,
        [
            Column("place", "Appareil", lambda each: shown(each.address), short=True),
            Column("driver", "Pilote", lambda each: each.driver, phone=False),
            Column("outcome", "Résultat", lambda each: OUTCOMES[each.outcome], "badge"),
            Column("readings", "Index", lambda each: each.readings, "number", total=True),
            Column("took", "Durée (ms)", lambda each: each.took_ms, "number", phone=False),
            Column("why", "Raison", lambda each: " ".join(why.get(shown(each.address), [])) or None, wide=True),
        ],
        [Filter("resultat", "Résultat", states, lambda each, chosen: each.outcome == chosen)],
        sort="place", empty="Le détail de cette relève n’est plus gardé.",
        hint="Les échecs restent plus longtemps que les réussites.",
    )  # fmt: skip
