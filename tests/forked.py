"""Processes that start at once, forked from one that has imported what they need: to be waited for or killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess

_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload(
    ["tests.forked", "pytest", "dcops.cli", "dcops.wiring", "dcops.commands.billing", "dcops.jobs.reading_archives"]
)


def forked(work: Callable[..., None], *args: object) -> ForkServerProcess:
    """Start a function of a module."""
    process = _SERVER.Process(target=work, args=args, daemon=True)
    process.start()
    return process


def command(environ: Mapping[str, str], *args: str) -> None:
    """The ``dcops`` command in that environment, its answer unheard."""
    from dcops.cli import main

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv[1:] = args
    main()
