"""Exceptions of metering as the API tells them, the newest first, and what is decided of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcops.api import exception_shapes as shapes
from dcops.api import paging
from dcops.api.gate import actor
from dcops.auth.permissions import Permission
from dcops.wiring import Parts
from metering.exceptions.checking import validate
from metering.exceptions.decisions import Answer, decide
from metering.exceptions.shown import detail, queue

if TYPE_CHECKING:
    from apiflask import APIBlueprint


def register(bp: APIBlueprint, parts: Parts) -> None:
    validation = parts.settings.metering.vee.validation

    @bp.get("/meters/exceptions")
    @bp.input(shapes.ExceptionsQuery, location="query", arg_name="query")
    @bp.output(shapes.MeterExceptions)
    def list_exceptions(query: shapes.ExceptionsQuery) -> Any:
        """What validation set aside or found odd, the last seen first; without ``all``, what waits for a person."""
        actor().require(Permission.READ_SPACE)
        after = paging.decode(query.cursor, int)
        with parts.database.transaction() as tx:
            rows = queue(tx, everything=query.everything, meter=query.meter)
            rows = sorted((row for row in rows if after is None or row.fault.id < after[0]), key=lambda r: -r.fault.id)
            items, following = paging.cut(rows, query.limit, lambda row: (row.fault.id,))
            return {"items": [row.document() for row in items], "next": following}

    @bp.get("/meters/exceptions/<int:number>")
    @bp.output(shapes.MeterExceptionDetail)
    def show_exception(number: int) -> Any:
        """One exception: the readings around it, what each method says, decisions."""
        actor().require(Permission.READ_SPACE)
        with parts.database.transaction() as tx:
            return detail(tx, number, validation).document()

    @bp.post("/meters/exceptions/<int:number>/decision")
    @bp.input(shapes.Deciding, arg_name="asked")
    @bp.output(shapes.MeterExceptionDetail)
    def decide_exception(number: int, asked: shapes.Deciding) -> Any:
        """Believe, ignore, estimate or write the energy of an exception; intervals follow at once."""
        actor().require(Permission.DECIDE_READINGS)
        answer = Answer(asked.decision, actor().name, asked.reason, asked.wh, asked.sure)
        now = parts.clock.now()
        with parts.database.transaction() as tx:
            decision = decide(tx, number, answer, now, known=asked.known, validation=validation)
            validate(tx, now, [decision.meter_id], validation)
            return detail(tx, number, validation).document()
