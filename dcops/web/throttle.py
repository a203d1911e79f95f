"""How often the door may be tried: wrong passwords are counted by address."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import Flask, Response
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

WRONG_TRIES = "10 per minute"
ASKING = ("auth.login", "auth.password")  # the views that ask a password


def register(app: Flask) -> None:
    """Answer 429 to an address that tried too many wrong passwords; a right one costs nothing."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    tries = limiter.shared_limit(WRONG_TRIES, "password", methods=["POST"], deduct_when=_refused)
    for name in ASKING:
        door = cast(Callable[..., ResponseReturnValue], app.view_functions[name])  # no coroutine
        app.view_functions[name] = tries(door)


def _refused(response: Response) -> bool:
    return response.status_code == 401
