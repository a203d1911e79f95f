"""Whole files kept beside the tests: what changes in them is seen in review.

``DCOPS_SNAPSHOTS=write pytest tests/dcops/billing/exports`` writes them anew.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


def assert_kept(name: str, made: bytes) -> None:
    """The bytes are those of the file of that name."""
    path = FOLDER / name
    if os.environ.get("DCOPS_SNAPSHOTS") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_bytes(made)
    assert made.decode() == path.read_bytes().decode(), f"{name} changed: DCOPS_SNAPSHOTS=write keeps the new one"
