"""One gunicorn process: a threaded worker that serves the application and fires the jobs."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from dcops.jobs import scheduler
from dcops.jobs.table import schedules
from dcops.wiring import Parts
from inventory.errors import Unavailable

if TYPE_CHECKING:
    from flask import Flask

THREADS = 8
log = logging.getLogger("dcops")


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, told everything from here; the application is built in the worker, after the fork."""

    def __init__(self, parts: Parts, bind: str, jobs: bool) -> None:
        self.parts, self.bind, self.jobs = parts, bind, jobs
        self.running: Any = None
        super().__init__()

    def load_config(self) -> None:
        told = {
            "bind": self.bind,
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": 120,
            "control_socket_disable": True,
            "post_worker_init": self._started,
            "worker_exit": self._stopped,
        }
        for name, value in told.items():
            if name in self.cfg.settings:  # control sockets came with gunicorn 25
                self.cfg.set(name, value)

    def load(self) -> Flask:
        from dcops.app import create_app

        app = create_app(self.parts)
        app.config["JOBS"] = self.jobs
        return app

    def _started(self, _worker: Any) -> None:
        if self.jobs:
            self.running = scheduler.start(self.parts)

    def _stopped(self, _server: Any, _worker: Any) -> None:
        if self.running is not None:
            scheduler.stop(self.parts, self.running)


def serve(parts: Parts, bind: str, jobs: bool) -> None:
    """Serve until told to stop.

    Raises Unavailable (schema not up to date, address taken) or Invalid (a job's schedule, the session secret).
    """
    from dcops.app import secret_key

    parts.database.require_current()
    schedules(parts)
    secret_key(parts.settings.web.secret_file)  # here rather than in a worker, which could only die of it
    _require_free(bind)
    parts.database.dispose()  # the worker opens its own connections
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("apscheduler", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    Server(parts, bind, jobs).run()


def _require_free(bind: str) -> None:
    """Say in one line what gunicorn would retry and log ten times."""
    host, _, port = bind.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Unavailable(f"impossible d'écouter sur {bind} ({error.strerror}) : choisir une autre adresse.") from None
