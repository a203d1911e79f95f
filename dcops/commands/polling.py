"""``dcops meters poll``, ``devices`` and ``runs``: ask the devices now, what each is known to do, what rounds gave."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts
from inventory.errors import Unavailable
from inventory.french import counted, instant

if TYPE_CHECKING:
    from datetime import datetime

    from metering.collection.missed import Missed
    from metering.collection.poll_store import Polled, Result
    from metering.models import PollRun


@click.command()
@click.option("--all", "everybody", is_flag=True, help="Also the devices left alone because they did not answer.")
@json_option
@pass_parts
def poll(parts: Parts, everybody: bool, as_json: bool) -> None:
    """Read every meter that has a driver, now, and record the answers."""
    from dcops.jobs import polling
    from metering.collection.poll_store import results

    run = polling.poll(parts, everybody)
    with parts.database.transaction() as tx:
        document = {**_run_document(run), "devices": [_result_document(each) for each in results(tx, run.id)]}
    emit(document, as_json, _run_text(document))
    if run.failures and not run.devices_ok:
        raise Unavailable(f"aucun appareil n'a répondu. {run.failures[0].message}")


@click.command()
@json_option
@pass_parts
def devices(parts: Parts, as_json: bool) -> None:
    """Each device that is polled: its last answer, its failures in a row, until when it is left alone."""
    from metering.collection.poll_store import polled

    with parts.database.transaction() as tx:
        found = polled(tx, parts.clock.now())
    emit(
        [_device_document(device) for device in found],
        as_json,
        "\n".join(_device_text(device) for device in found) or "aucun appareil à relever.",
    )


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=1, show_default=True, help="How far to look back.")
@json_option
@pass_parts
def runs(parts: Parts, days: int, as_json: bool) -> None:
    """The last rounds of polling, newest first, and those that did not take place."""
    from metering.collection.missed import missed
    from metering.collection.poll_store import poll_runs_since

    now, interval = parts.clock.now(), timedelta(seconds=parts.settings.metering.poll_interval_s)
    with parts.database.transaction() as tx:
        found = poll_runs_since(tx, now - timedelta(days=days))
    gaps = list(missed((run.started_at for run in found), interval))
    lines = [(run.started_at, _run_text(_run_document(run, failures=False))) for run in found]
    lines += [(gap.expected_at, _missed_text(gap)) for gap in gaps]
    document = {
        "runs": [_run_document(run, failures=False) for run in found],
        "missed": [
            {"after": gap.after.isoformat(), "before": gap.before.isoformat(), "count": gap.count} for gap in gaps
        ],
    }
    told = (f"{instant(at)}  {text}" for at, text in sorted(lines, reverse=True))
    emit(document, as_json, "\n".join(told) or "aucune relève.")


def _run_document(run: PollRun, failures: bool = True) -> dict[str, Any]:
    from metering.drivers.address import shown

    told = [{"address": shown(each.address), "message": each.message} for each in run.failures] if failures else []
    return {
        "run": run.id,
        "started": run.started_at.isoformat(),
        "ended": run.ended_at.isoformat(),
        "devices_ok": run.devices_ok,
        "devices_failed": run.devices_failed,
        "devices_skipped": run.devices_skipped,
        "readings": run.readings,
        "note": run.note,
        **({"failures": told} if failures else {}),
    }


def _result_document(each: Result) -> dict[str, Any]:
    from metering.drivers.address import shown

    told = {"outcome": each.outcome, "readings": each.readings, "took_ms": each.took_ms}
    return {"driver": each.driver, "address": shown(each.address), **told}


def _run_text(run: dict[str, Any]) -> str:
    left = f", {run['devices_skipped']} en attente" if run["devices_skipped"] else ""
    head = (
        f"relève n° {run['run']} : {counted(run['devices_ok'], 'appareil relevé', 'appareils relevés')}, "
        f"{run['devices_failed']} en échec{left}, "
        f"{counted(run['readings'], 'index enregistré', 'index enregistrés')}. {run['note']}"
    ).rstrip()
    return "\n".join([head, *(f"  {each['message']}" for each in run.get("failures", ()))])


def _missed_text(gap: Missed) -> str:
    return f"{counted(gap.count, 'relève manquée', 'relèves manquées')}, jusqu'au {instant(gap.before)}."


def _device_document(device: Polled) -> dict[str, Any]:
    known = device.known
    instants = {name: getattr(known, name, None) for name in ("last_ok_at", "last_failed_at", "retry_at")}
    return {
        "driver": device.driver,
        "address": device.place,
        "meters": list(device.meters),
        "failures": known.failures if known else 0,
        **{name: at.isoformat() if at else None for name, at in instants.items()},
        "took_ms": known.took_ms if known else None,
        "message": known.message if known else "",
    }


def _device_text(device: Polled) -> str:
    known = device.known
    head = f"{device.driver:<10} {device.place:<24} {', '.join(device.meters)}"
    if known is None:
        return f"{head}  jamais relevé"
    told = f"{head}  dernière réponse {_instant(known.last_ok_at)}"
    if not known.failures:
        return told
    wait = f", laissé jusqu'au {instant(known.retry_at)}" if known.retry_at else ""
    return f"{told}  {counted(known.failures, 'échec', 'échecs')} de suite{wait} : {known.message}"


def _instant(at: datetime | None) -> str:
    return instant(at) if at else "jamais"
