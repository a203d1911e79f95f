"""A certificate for loopback servers, made once per test process."""

from __future__ import annotations

import pytest

from dcops.demo.tls import Certificate, make_certificate
from inventory.clock import SystemClock


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), SystemClock().now())
