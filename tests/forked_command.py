"""A ``dcops`` command in a process of its own that starts at once: forked from one that has imported what it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess

_IMPORTED = ["tests.forked_command", "pytest", "dcops.cli", "dcops.schema", "dcops.wiring", "dcops.commands.billing"]
_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload(_IMPORTED)


def forked(environ: Mapping[str, str], *args: str) -> ForkServerProcess:
    """Start a command; it may be waited for with ``join``, and killed."""
    process = _SERVER.Process(target=_run, args=(dict(environ), args), daemon=True)
    process.start()
    return process


def _run(environ: dict[str, str], args: tuple[str, ...]) -> None:
    from dcops.cli import main

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv[1:] = args
    main()
