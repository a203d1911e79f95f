"""What keeps space from being sold twice, and meters from counting twice, in the database itself, on both."""

from __future__ import annotations

from alembic import op

TWICE = "this space is already sold on some of these days"
TOO_HIGH = "a share lies inside its rack"
ELSEWHERE = "this meter counts elsewhere at that time"
WIDEST = 1000
"""More half units than any rack has: each rack gets its own stretch of whole numbers."""

_OVERLAP = (
    "EXISTS (SELECT 1 FROM shares s WHERE s.rack_id = NEW.rack_id AND s.id <> NEW.id "
    "AND s.first_half_unit < NEW.end_half_unit AND NEW.first_half_unit < s.end_half_unit "
    'AND (s."end" IS NULL OR NEW.start < s."end") AND (NEW."end" IS NULL OR s.start < NEW."end"))'
)
_ABOVE = "NEW.end_half_unit > 2 * (SELECT r.u_height FROM racks r WHERE r.id = NEW.rack_id)"
_LOWERED = "EXISTS (SELECT 1 FROM shares s WHERE s.rack_id = NEW.id AND s.end_half_unit > 2 * NEW.u_height)"


def protect_space() -> None:
    """Refuse shares that overlap in space and days, and shares higher than their rack, whoever asks.

    SQLite has triggers: it writes one transaction at a time, so each sees what the others sold. PostgreSQL has an
    exclusion constraint, which waits for the transactions under way; the rack is folded into the range of half units,
    since its own range types alone can be indexed that way without an extension.
    """
    if op.get_bind().dialect.name == "sqlite":
        for event in ("INSERT", "UPDATE"):
            _refuse_on_sqlite(f"shares_twice_{event.lower()}", "shares", event, _OVERLAP_OF[event], TWICE)
            _refuse_on_sqlite(f"shares_height_{event.lower()}", "shares", event, _ABOVE, TOO_HIGH)
        _refuse_on_sqlite("racks_height_update", "racks", "UPDATE", _LOWERED, TOO_HIGH)
        return
    op.execute(
        "ALTER TABLE shares ADD CONSTRAINT shares_exclusive EXCLUDE USING gist ("
        f"int8range(rack_id * {WIDEST} + first_half_unit, rack_id * {WIDEST} + end_half_unit) WITH &&, "
        'daterange(start, "end") WITH &&)'
    )
    _refuse_on_postgresql("shares_height", "shares", "INSERT OR UPDATE", _ABOVE, TOO_HIGH)
    _refuse_on_postgresql("racks_height", "racks", "UPDATE", _LOWERED, TOO_HIGH)


def protect_places() -> None:
    """Refuse that a meter counts in two places at once; a busbar supplies several."""
    if op.get_bind().dialect.name == "sqlite":
        for event in ("INSERT", "UPDATE"):
            _refuse_on_sqlite(
                f"meter_places_twice_{event.lower()}", "meter_places", event, _ELSEWHERE[event], ELSEWHERE
            )
        return
    op.execute(
        "ALTER TABLE meter_places ADD CONSTRAINT meter_places_exclusive EXCLUDE USING gist ("
        "int8range(meter_id, meter_id + 1) WITH &&, int8range(start, \"end\") WITH &&) WHERE (scope <> 'busbar')"
    )


_OTHER_PLACE = (
    "NEW.scope <> 'busbar' AND EXISTS (SELECT 1 FROM meter_places p WHERE p.meter_id = NEW.meter_id "
    "AND p.scope <> 'busbar' AND p.id <> NEW.id "
    'AND (p."end" IS NULL OR NEW.start < p."end") AND (NEW."end" IS NULL OR p.start < NEW."end"))'
)
_ELSEWHERE = {"INSERT": _OTHER_PLACE.replace("AND p.id <> NEW.id ", ""), "UPDATE": _OTHER_PLACE}
_OVERLAP_OF = {"INSERT": _OVERLAP.replace("AND s.id <> NEW.id ", ""), "UPDATE": _OVERLAP}
"""A row that is being inserted has no id yet before it is written."""


def _refuse_on_sqlite(name: str, table: str, event: str, condition: str, message: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{table}: {message}'); END"
    )


def _refuse_on_postgresql(name: str, table: str, events: str, condition: str, message: str) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION '{table}: {message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
