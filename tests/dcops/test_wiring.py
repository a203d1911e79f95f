"""What is made of the settings tells no secret, whoever prints it."""

from __future__ import annotations

from dataclasses import replace

from dcops.config import Settings
from dcops.sections import Netbox, Proxmox
from dcops.wiring import Parts

SECRET = "5ecret-0000-dead-beef"


def server(kind: str) -> Proxmox:
    return Proxmox.model_validate(
        {"name": kind, "kind": kind, "host": "192.0.2.1", "user": "d@pve", "token_name": "t", "token_env": "T"}
    )


def test_nothing_that_asks_or_writes_shows_its_secret(parts: Parts) -> None:
    netbox = Netbox(url="https://192.0.2.1", token_env="T", write_token_env="T", write=True)
    settings = Settings(proxmox=[server("pve"), server("pbs")], netbox=netbox)
    made = replace(parts, settings=settings, environ={"T": SECRET})
    asked = made.sources()
    assert [source.name for source in asked][:3] == ["pve", "pbs", "netbox"]
    for one in (made, *asked, made.netbox_writer()):
        assert SECRET not in repr(one)
