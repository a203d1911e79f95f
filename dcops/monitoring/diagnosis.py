"""Everything an installation needs to work, looked at one by one; secrets are resolved and never shown."""

from __future__ import annotations

from functools import partial

from dcops.alert_sections import Channel, Email
from dcops.config import Settings
from dcops.jobs.polling import spool_of
from dcops.monitoring.readiness import Check, check, checks
from dcops.sections import Netbox, Proxmox
from dcops.wiring import Parts
from inventory.errors import Unavailable
from inventory.facts import ScopeStatus
from inventory.french import counted, instant
from inventory.models import SourceSnapshot


def diagnose(parts: Parts) -> list[Check]:
    """Every check; those that need the database only when it answers."""
    found = [check("settings", lambda: _settings(parts)), check("jobs", lambda: _jobs(parts))]
    found += [check(f"secret {name}", partial(_secret, it, parts)) for name, it in _references(parts.settings)]
    if parts.settings.web.metrics_token_env:
        found.append(check("secret metrics", lambda: _metrics_token(parts)))
    for channel in parts.settings.alerts.channels:
        found.append(check(f"alerts {channel.name}", partial(_channel, channel, parts)))
    found.append(check("profiles", lambda: _profiles(parts)))
    found.append(check("polling", lambda: _waiting(parts)))
    ready = checks(parts)
    found += ready
    if ready[0].ok:
        found += [check("tariffs", lambda: _tariffs(parts)), check("users", lambda: _users(parts))]
        found.append(check("archives", lambda: _archives(parts)))
        found += _sources(parts)
    return found


def _settings(parts: Parts) -> str:
    clusters = len(parts.settings.proxmox)
    return f"base {parts.database.safe_url}, {counted(clusters, 'cluster Proxmox', 'clusters Proxmox')}"


def _jobs(parts: Parts) -> str:
    from dcops.jobs.table import schedules

    return ", ".join(f"{name} {schedule.cron}" for name, schedule in schedules(parts).items())


def _references(settings: Settings) -> list[tuple[str, Proxmox | Netbox]]:
    named: list[tuple[str, Proxmox | Netbox]] = [(f"proxmox {cluster.name}", cluster) for cluster in settings.proxmox]
    return named if settings.netbox is None else [*named, ("netbox", settings.netbox)]


def _secret(holder: Proxmox | Netbox, parts: Parts) -> str:
    if not holder.token(parts.environ):
        raise Unavailable("le secret est vide.")
    return "trouvé"


def _metrics_token(parts: Parts) -> str:
    name = parts.settings.web.metrics_token_env
    if name and not parts.environ.get(name):
        raise Unavailable(f"la variable d'environnement {name} n'est pas définie : /metrics refuse tout le monde.")
    return "trouvé"


def _channel(channel: Channel, parts: Parts) -> str:
    """Its secret is there; that it answers, « dcops alerts test » tells."""
    if isinstance(channel, Email):
        _ = channel.password(parts.environ) if channel.user else None
        return f"{channel.host}:{channel.listens_on}, {counted(len(channel.to), 'destinataire')}"
    channel.address(parts.environ)
    _ = channel.secret(parts.environ) if channel.signs else None
    return "signé" if channel.signs else "sans signature"


def _profiles(parts: Parts) -> str:
    from metering.drivers.profile import load

    found = load(parts.settings.metering.profiles_dir).by_name
    return counted(len(found), "profil de compteurs", "profils de compteurs")


def _waiting(parts: Parts) -> str:
    """What was heard and is not in the database: the next round writes it, but for what nobody can read."""
    spool = spool_of(parts)
    waiting, unreadable = len(spool.waiting()), spool.unreadable()
    if unreadable:
        raise Unavailable(f"relève illisible ou refusée, gardée : {unreadable[0]} ; la lire, puis l'ôter de là.")
    if waiting:
        told = counted(waiting, "relève attend", "relèves attendent")
        raise Unavailable(f"{told} d'être écrites : « dcops meters poll » une fois que la base répond.")
    return "toutes les relèves sont dans la base"


def _archives(parts: Parts) -> str:
    """The files of old readings are there and have their size; « dcops meters archives --check » reads them."""
    from metering.archive.archiving import damaged

    with parts.database.transaction() as tx:
        count, wrong = damaged(tx, thoroughly=False)
    if wrong:
        raise Unavailable(f"archives à remettre à leur place depuis leur copie : {' ; '.join(wrong)}.")
    return counted(count, "archive de relevés", "archives de relevés")


def _tariffs(parts: Parts) -> str:
    from dcops.catalogue.store import existing, history

    with parts.database.transaction() as tx:
        grids = history(tx)
    if not grids:
        raise Unavailable(existing(grids))
    return existing(grids)


def _users(parts: Parts) -> str:
    from dcops.auth.store import users

    with parts.database.transaction() as tx:
        count = len(users(tx))
    if not count:
        raise Unavailable("aucun utilisateur : « dcops users add LOGIN --name … --role technician ».")
    return counted(count, "utilisateur")


def _sources(parts: Parts) -> list[Check]:
    """What each source last said; a source that was never asked is not a failure."""
    from inventory.store import latest_snapshots

    with parts.database.transaction() as tx:
        rows = latest_snapshots(tx)
    return [
        Check(
            f"source {row.source}/{row.scope}",
            row.status != "failed",
            _answer(row),
        )
        for row in rows
    ]


def _answer(row: SourceSnapshot) -> str:
    head = f"{ScopeStatus(row.status).french} le {instant(row.taken_at)}, {counted(row.object_count, 'objet')}"
    return " ".join([head, *row.faults])
