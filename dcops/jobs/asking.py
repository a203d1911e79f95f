"""Sources are asked by one run at a time, in whichever process; a killed one does not hold them after its death."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

from dcops.wiring import Parts
from inventory.source_turns import release_sources, take_sources
from inventory.sources import Source

MARGIN = timedelta(minutes=5)
"""What writing the answers may take once the sources have told them."""


@contextmanager
def asking(parts: Parts, sources: Sequence[Source]) -> Iterator[None]:
    """Hold sources while the block lasts. Raises Conflict when another run has one of them."""
    names = [source.name for source in sources]
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"[-100:]
    lease = timedelta(seconds=parts.settings.reconcile.source_timeout_s) + MARGIN
    with parts.database.transaction() as tx:
        take_sources(tx, names, holder, parts.clock.now(), lease, is_dead)
    try:
        yield
    finally:
        with parts.database.transaction() as tx:
            release_sources(tx, names, holder)


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave the garbage collector alone while the block lasts.

    A run makes hundreds of thousands of frozen values and no cycle: collecting would look at each again and again.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that has ended."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
