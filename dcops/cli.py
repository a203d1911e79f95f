"""The ``dcops`` command: reads settings, opens the parts, hands over to one group of commands."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from pathlib import Path

import click

from dcops import __version__
from inventory.errors import DomainError

GROUPS = {
    # command: (module of dcops.commands, attribute, one line of help)
    "alerts": ("alerts", "alerts", "What must be looked at, and who was told"),
    "antivirus": ("antivirus", "antivirus", "Antivirus licences"),
    "billing": ("billing", "billing", "Billing runs"),
    "customers": ("customers", "customers", "Customers"),
    "db": ("db", "db", "Database schema and backups"),
    "demo": ("demo", "demo", "The demo world"),
    "doctor": ("doctor", "doctor", "Check this installation"),
    "energy": ("energy", "energy", "Energy of a meter, a rack or a customer"),
    "findings": ("findings", "findings", "Differences between sold, documented and real"),
    "hours": ("hours", "hours", "Hour packs and interventions"),
    "jobs": ("jobs", "jobs", "Scheduled jobs"),
    "machines": ("imports", "machines", "Virtual machines"),
    "mapping": ("mapping", "mapping", "Whose things are, by what outside systems write on them"),
    "meters": ("meters", "meters", "Meters, probes and readings"),
    "nas": ("nas", "nas", "Backup boxes and their plans"),
    "racks": ("racks", "racks", "Racks"),
    "reconcile": ("reconcile", "reconcile", "Compare the sources"),
    "report": ("report", "report", "Reports for the accounts"),
    "rooms": ("rooms", "rooms", "Rooms and their plans"),
    "serve": ("serve", "serve", "Serve the web interface, the API and the scheduler"),
    "shares": ("shares", "shares", "Sold shares of racks, private cages"),
    "subscriptions": ("subscriptions", "subscriptions", "Subscriptions"),
    "sync": ("reconcile", "sync", "Ask the sources what they know"),
    "tariffs": ("tariffs", "tariffs", "Tariff grids and quotes"),
    "usages": ("imports", "usages", "How many times services were used in a year"),
    "users": ("users", "users", "Users and API tokens"),
}


YOUNG = 10_000
"""Objects after which Python looks for garbage: with its own 700 it does little else while rows come by thousands."""


class LazyGroup(click.Group):
    """Imports a group of commands only when it is called, so that ``dcops --help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(GROUPS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in GROUPS:
            return None
        module, attribute, _ = GROUPS[name]
        command: click.Command = getattr(import_module(f"dcops.commands.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, GROUPS[name][2]) for name in sorted(GROUPS)])


@click.group(cls=LazyGroup)
@click.option("--config", type=click.Path(path_type=Path), envvar="DCOPS_CONFIG", help="Settings file (TOML).")
@click.version_option(__version__)
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """Operations and billing of a public data centre and its managed-IT service."""
    from dcops import wiring
    from dcops.config import load

    if ctx.obj is None:
        if config is None and Path("dcops.toml").exists():
            config = Path("dcops.toml")
        ctx.obj = wiring.build(load(config, os.environ), os.environ)
    ctx.call_on_close(ctx.obj.database.dispose)


def main() -> None:
    """Entry point: exit 0 on success, 1 with one clear line when refused, 2 on wrong usage."""
    gc.set_threshold(YOUNG)
    try:
        sys.exit(cli(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except DomainError as error:
        click.echo(f"Erreur : {error}", err=True)
        sys.exit(1)
    except Exception as error:
        if os.environ.get("DCOPS_TRACE"):
            raise
        said = str(error).partition("\n")[0]
        click.echo(f"Erreur inattendue : {type(error).__name__} : {said} (DCOPS_TRACE=1 donne la trace)", err=True)
        sys.exit(1)
