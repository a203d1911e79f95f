"""SNMP agents of the session: devices of our own, and the recorded ones where they exist."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.metering.drivers.devices import OWN
from tests.metering.drivers.simulator import Agents, serving


@pytest.fixture(scope="session")
def agents() -> Iterator[Agents]:
    """Small devices of our own, named by ``devices.OWN``."""
    with serving(OWN) as served:
        yield served


@pytest.fixture(scope="session")
def recorded(recordings: Path) -> Iterator[Agents]:
    """Real devices, as they were recorded."""
    with serving({file.stem: file.read_text("latin-1") for file in (recordings / "snmp").glob("*.snmprec")}) as served:
        yield served


@pytest.fixture(scope="session")
def index(recordings: Path) -> dict[str, Any]:
    """What the recordings are known to hold."""
    found: dict[str, Any] = json.loads((recordings / "snmp" / "index.json").read_text("utf-8"))
    return found
