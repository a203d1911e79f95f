"""What a view starts from: the parts of the installation, a transaction, who asks, and what day it is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import cast

from flask import current_app
from flask_login import current_user

from dcops.auth.permissions import Actor
from dcops.wiring import Parts
from inventory.clock import civil_date
from inventory.orm import Transaction


def parts() -> Parts:
    return cast(Parts, current_app.extensions["dcops"])


def transaction() -> AbstractContextManager[Transaction]:
    """The transaction of one request; committed when the block ends without an exception."""
    return parts().database.transaction()


def now() -> datetime:
    return parts().clock.now()


def today() -> date:
    """The civil day at the data centre."""
    return civil_date(now())


def actor() -> Actor:
    """Who is logged in. Only for views behind the gate."""
    return cast(Actor, current_user.actor)
