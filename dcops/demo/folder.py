"""The folder a demo lives in: its database, settings, secrets and certificate; nothing outside it is touched."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

from cryptography import x509

from dcops.demo.backups import SERVER
from dcops.demo.console import COLUMNS, ENCODING, console_csv
from dcops.demo.real import NODES
from dcops.demo.tls import Certificate, make_certificate
from dcops.demo.world import pdus

OPERATOR = {
    "name": "Somme Numérique (démonstration)",
    "siret": "25800436500015",
    "address": "1 rue de la Démonstration",
    "postcode": "80000",
    "city": "Amiens",
    "iban": "FR7630001000640000000000040",
    "bic": "DEMOFRPP",
}
"""Who issues the invoices of a demo: its account and its codes at the public accountant's are invented."""


@dataclass(frozen=True)
class Ports:
    """Where the simulators answer: a port per cluster, NetBox's, one per PDU as in ``pdus()``, the backup server's, the
    meter's of the whole site."""

    proxmox: dict[str, int]
    netbox: int
    snmp: list[int]
    pbs: int = 18009
    modbus: int = 15020

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Ports:
        return cls(**json.loads(text))


def preferred_ports() -> Ports:
    """The ports of a demo that is alone on its machine."""
    clusters = {cluster: 18006 + index for index, cluster in enumerate(NODES)}
    return Ports(clusters, 18080, [16101 + index for index in range(len(pdus()))])


def free_ports() -> Ports:
    """Ports that the system chooses: nobody has to know them beforehand."""
    return Ports(dict.fromkeys(NODES, 0), 0, [0] * len(pdus()), 0, 0)


@dataclass(frozen=True)
class Folder:
    """Paths inside the demo's folder."""

    root: Path

    @property
    def settings(self) -> Path:
        return self.root / "dcops.toml"

    @property
    def console(self) -> Path:
        return self.root / "antivirus.csv"

    @property
    def api_token(self) -> Path:
        return self.root / "api_token"

    def secret(self, name: Literal["proxmox", "netbox", "pbs"]) -> str:
        """The token of a simulated source, kept in a file that only its owner reads; made on first use."""
        path = self.secret_file(name)
        if not path.exists():
            # The shapes of Proxmox's and NetBox's own tokens.
            write_secret(path, f"nbt_demo.{secrets.token_hex(20)}" if name == "netbox" else str(uuid4()))
        return path.read_text(encoding="utf-8").strip()

    def secret_file(self, name: str) -> Path:
        return self.root / f"{name}_token"

    def certificate(self, now: datetime) -> Certificate:
        """The certificate of the simulators; made again when it has expired."""
        folder = self.root / "tls"
        found = Certificate(folder / "authority.pem", folder / "server.pem", folder / "server.key")
        return found if _is_valid(found, now) else make_certificate(folder, now)

    def ports(self) -> Ports | None:
        """The ports of the last run, which the meters of the database point to; None when there was none."""
        path = self.root / "ports.json"
        return Ports.from_json(path.read_text(encoding="utf-8")) if path.exists() else None

    def keep_ports(self, ports: Ports) -> None:
        (self.root / "ports.json").write_text(ports.to_json(), encoding="utf-8")

    def write_settings(self, ports: Ports, bind: str) -> None:
        """Write the settings of this demo, and what the console of its antivirus says; secrets stay in their files."""
        self.settings.write_text(self._settings(ports, bind), encoding="utf-8")
        self.console.write_text(console_csv(), encoding=ENCODING)

    def _settings(self, ports: Ports, bind: str) -> str:
        root = self.root.resolve()
        sections = [
            "# Written by « dcops demo run » each time it starts.",
            _section("[operator]", **OPERATOR),
            _section("[database]", url=f"sqlite:///{root / 'dcops.db'}"),
            _section("[web]", bind=bind, base_url=f"http://{bind}", secret_file=str(root / "secret_key")),
            _section("[billing]", exports_dir=str(root / "exports")),
            _section("[[budgets]]", code="CSN", name="Centre de services numériques", account="7068"),
            _section("[pes]", post="080001", collectivity="123", product="CSN1"),
        ]
        common = {"host": "127.0.0.1", "user": "dcops@pve", "token_name": "lecture"}
        trusted = {"verify_tls": str(root / "tls" / "authority.pem")}
        for cluster, port in ports.proxmox.items():
            token = {"token_file": str(self.secret_file("proxmox").resolve())}
            sections.append(_section("[[proxmox]]", name=cluster, port=port, **common, **token, **trusted))
        server = common | {"kind": "pbs", "user": "dcops@pbs", "token_file": str(self.secret_file("pbs").resolve())}
        sections.append(_section("[[proxmox]]", name=SERVER, port=ports.pbs, **server, **trusted))
        sections.append(_section("[antivirus]", console_file=str(self.console.resolve()), **COLUMNS))
        token = {"token_file": str(self.secret_file("netbox").resolve())}
        sections.append(_section("[netbox]", url=f"http://127.0.0.1:{ports.netbox}", write=True, **token))
        kept = {"spool_dir": str(root / "spool"), "archive_dir": str(root / "archives")}
        sections.append(_section("[metering]", poll_interval_s=300, concurrency=16, **kept))
        return "\n".join(sections)


def write_secret(path: Path, content: str) -> None:
    """Write a file that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(content + "\n", encoding="utf-8")


def _section(title: str, **values: str | int) -> str:
    """One TOML table: JSON's strings and integers are also TOML's."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([title, *lines, ""])


def _is_valid(certificate: Certificate, now: datetime) -> bool:
    if not (certificate.authority.exists() and certificate.chain.exists() and certificate.key.exists()):
        return False
    return x509.load_pem_x509_certificate(certificate.chain.read_bytes()).not_valid_after_utc > now
