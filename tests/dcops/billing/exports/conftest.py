"""The DGFiP's schema of PES V2, kept outside the project; tests that need it skip where it is absent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[5] / "shared"


@pytest.fixture(scope="session")
def pes_schema() -> Any:
    """PES_Aller 5.17, compiled."""
    from lxml import etree

    folder = Path(os.environ.get("DCOPS_PES_XSD", SHARED / "pes-xsd" / "schemas_pes_v5.17"))
    path = folder / "PES_V2" / "Rev0" / "PES_Aller.xsd"
    if not path.is_file():
        pytest.skip(f"PES schema absent ({path})")
    return etree.XMLSchema(etree.parse(path))
