"""Triggers that keep what was issued as it was issued, and its numbers without a gap, on SQLite and on PostgreSQL."""

from __future__ import annotations

from alembic import op

NUMBERED = "an issued document never changes: credit it"
GAPLESS = "numbers of a series follow each other, in the order of their days"
TOTAL = "the total is the sum of the lines"
BORN = "a document gets its number once its lines are written"
BILLED = "a tariff line that was billed never changes: vote a new grid"
RUN = "an issued run never changes"

_ISSUED_LINE = "EXISTS (SELECT 1 FROM invoices i WHERE i.id = {row}.invoice_id AND i.number IS NOT NULL)"
_NOT_NEXT = (
    "NEW.sequence <> 1 + COALESCE((SELECT MAX(i.sequence) FROM invoices i WHERE i.series = NEW.series), 0) "
    "OR EXISTS (SELECT 1 FROM invoices i WHERE i.series = NEW.series AND i.issued_on > NEW.issued_on)"
)
_NOT_THE_SUM = (
    "NEW.net <> COALESCE((SELECT SUM(l.amount) FROM invoice_lines l WHERE l.invoice_id = NEW.id), 0) "
    "OR NEW.gross <> NEW.net + NEW.vat"
)
_BILLED_LINE = (
    "EXISTS (SELECT 1 FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id JOIN tariffs t ON t.name = l.tariff "
    "WHERE i.number IS NOT NULL AND t.id = OLD.tariff_id AND l.code = OLD.code)"
)
_RULES = (
    # table, event, condition, message
    ("invoices", "INSERT", "NEW.number IS NOT NULL", BORN),
    ("invoices", "UPDATE", "OLD.number IS NOT NULL", NUMBERED),
    ("invoices", "DELETE", "OLD.number IS NOT NULL", NUMBERED),
    ("invoices", "UPDATE", f"NEW.number IS NOT NULL AND ({_NOT_NEXT})", GAPLESS),
    ("invoices", "UPDATE", f"NEW.number IS NOT NULL AND ({_NOT_THE_SUM})", TOTAL),
    ("invoice_lines", "INSERT", _ISSUED_LINE.format(row="NEW"), NUMBERED),
    ("invoice_lines", "UPDATE", _ISSUED_LINE.format(row="OLD"), NUMBERED),
    ("invoice_lines", "UPDATE", _ISSUED_LINE.format(row="NEW"), NUMBERED),
    ("invoice_lines", "DELETE", _ISSUED_LINE.format(row="OLD"), NUMBERED),
    ("billing_runs", "UPDATE", "OLD.state = 'issued'", RUN),
    ("billing_runs", "DELETE", "OLD.state = 'issued'", RUN),
)


def protect_issued() -> None:
    """Refuse to change, remove or renumber what has a number, whoever asks."""
    for place, (table, event, condition, message) in enumerate(_RULES, start=1):
        _refuse(f"{table}_issued_{place}", table, event, condition, message)


def protect_billed_lines() -> None:
    """Refuse to change or remove a line of a grid that an issued document was computed from."""
    for event in ("UPDATE", "DELETE"):
        _refuse(f"tariff_lines_billed_{event.lower()}", "tariff_lines", event, _BILLED_LINE, BILLED)


def _refuse(name: str, table: str, event: str, condition: str, message: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: {message}'); END"
        )
        return
    kept = "OLD" if event == "DELETE" else "NEW"
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION '{table}: {message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        f"RETURN {kept}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
