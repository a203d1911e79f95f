"""``dcops demo``: fill a database with the demo world, or run it whole."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from threading import Event

import click

from dcops.commands import emit, json_option, pass_parts
from dcops.wiring import Parts

DEFAULT_BIND = "127.0.0.1:8000"
folder_option = click.option(
    "--folder", "root", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True,
    help="Where the demo keeps its files.",
)  # fmt: skip


@click.group()
def demo() -> None:
    """The demo world."""


@demo.command("load")
@click.option("--reset", is_flag=True, help="Wipe the demo first; refused on a database that the demo did not make.")
@click.option(
    "--days", type=click.IntRange(min=1), help="Readings of the last days only, instead of the whole history."
)
@folder_option
@json_option
@pass_parts
def load_command(parts: Parts, reset: bool, days: int | None, root: Path, as_json: bool) -> None:
    """Fill the configured database, which must be empty, with the demo world."""
    from dcops.demo import launch
    from dcops.demo.fill import LOGINS
    from dcops.demo.folder import Folder, preferred_ports
    from dcops.demo.load import EPOCH

    folder = Folder(root)
    if reset:
        launch.wipe(parts.database)
    loaded = not launch.ready(parts.database)
    if loaded:
        now = parts.clock.now()
        since = now - timedelta(days=days) if days else EPOCH
        launch.fill_database(parts.database, folder, folder.ports() or preferred_ports(), now, since)
    told = "chargé" if loaded else "déjà là (--reset pour le refaire)"
    document = {
        "database": parts.database.safe_url,
        "loaded": loaded,
        "logins": [{"login": person.login, "password": person.password, "role": person.role} for person in LOGINS],
        "api_token_file": str(folder.api_token),
    }
    emit(document, as_json, f"monde de démonstration {told} : {parts.database.safe_url}\n{_logins()}")


@demo.command()
@click.option("--bind", metavar="HOST:PORT", help=f"Where to serve. Default: {DEFAULT_BIND}, or the next free port.")
@folder_option
@pass_parts
def run(parts: Parts, bind: str | None, root: Path) -> None:
    """Start the demo: database, simulators, web server and scheduler. Ctrl-C stops everything."""
    from dcops.demo import launch
    from dcops.demo.folder import Folder

    folder = Folder(root)
    address = launch.free_bind(bind or DEFAULT_BIND, strict=bind is not None)
    child, ports = launch.start_simulators(folder)
    launch.prepare(folder, ports, address, parts.clock.now(), _say).database.dispose()
    _say(f"\ndcops : http://{address}/\n{_logins()}\nJeton d'API : {folder.api_token}\nCtrl-C pour tout arrêter.\n")
    launch.become_server(folder, child, address)


@demo.command()
@folder_option
@click.option("--until-eof", is_flag=True, help="Stop when standard input closes, not on Ctrl-C.")
@pass_parts
def simulators(parts: Parts, root: Path, until_eof: bool) -> None:
    """Answer as the demo's Proxmox clusters, NetBox and PDUs; print their ports as JSON, then block."""
    from dcops.demo import simulators as outside
    from dcops.demo.folder import Folder, preferred_ports

    with outside.running(Folder(root), preferred_ports(), parts.clock) as ports:
        click.echo(ports.to_json())
        sys.stdout.flush()
        if until_eof:
            sys.stdin.read()
        else:
            Event().wait()


def _say(text: str) -> None:
    click.echo(text, err=True)


def _logins() -> str:
    from dcops.demo.fill import LOGINS

    lines = [f"  {person.login:<12} {person.password:<18} {person.name}" for person in LOGINS]
    return "\n".join(["Comptes (identifiant, mot de passe) :", *lines])
