"""Devices of our own, each with one habit of real ones, as .snmprec texts by community."""

from __future__ import annotations

INTEGER, TEXT, NULL, OID, GAUGE = "2", "4", "5", "6", "66"
ROOT = "1.3.6.1.4.1.99999"  # an enterprise number nobody has


def record(*rows: tuple[str, str, object]) -> str:
    """A .snmprec text: rows in the order of their OIDs."""
    ordered = sorted(rows, key=lambda row: [int(part) for part in row[0].split(".")])
    return "".join(f"{oid}|{kind}|{value}\n" for oid, kind, value in ordered)


def identity(object_id: str, description: str = "a device of our own") -> list[tuple[str, str, object]]:
    return [("1.3.6.1.2.1.1.1.0", TEXT, description), ("1.3.6.1.2.1.1.2.0", OID, object_id)]


EPDU = "1.3.6.1.4.1.318.1.1.30.4.2.1"
RPDU2 = "1.3.6.1.4.1.318.1.1.26"


def _rpdu2(energy: tuple[str, object], power: tuple[str, object]) -> str:
    return record(
        *identity("1.3.6.1.4.1.318.1.3.4.6"),
        (f"{RPDU2}.2.1.8.1", TEXT, "AP0000"),
        (f"{RPDU2}.2.1.9.1", TEXT, "SN1"),
        (f"{RPDU2}.4.3.1.1.1", INTEGER, 1),
        (f"{RPDU2}.4.3.1.3.1", TEXT, "rack A1"),
        (f"{RPDU2}.4.3.1.5.1", *power),
        (f"{RPDU2}.4.3.1.9.1", *energy),
    )


def _many(prefix: str, count: int) -> str:
    rows: list[tuple[str, str, object]] = []
    for row in range(1, count + 1):
        rows += [
            (f"{prefix}.1.{row}", TEXT, f"prise {row}"),
            (f"{prefix}.2.{row}", GAUGE, row * 1000),
            (f"{prefix}.3.{row}", GAUGE, row),
        ]
    return record(*identity(ROOT), *rows)


# Rows 1 and 4 are sound; 2 answers NULL, 3 a text, 5 is negative, 6 has no energy at all, 7 says 0 while power flows.
_HABITS = record(
    *identity(ROOT),
    *((f"{ROOT}.1.{row}", TEXT, f"prise {row}") for row in range(1, 8)),
    (f"{ROOT}.2.1", GAUGE, 1500),
    (f"{ROOT}.2.2", NULL, ""),
    (f"{ROOT}.2.3", TEXT, "12 kWh"),
    (f"{ROOT}.2.4", GAUGE, 4294967295),
    (f"{ROOT}.2.5", INTEGER, -2),
    (f"{ROOT}.2.7", GAUGE, 0),
    *((f"{ROOT}.3.{row}", GAUGE, 10 * row) for row in range(1, 8)),
)

SCHLEIFENBAUER = "1.3.6.1.4.1.31034.12.1.1.2"

# A distribution panel: it meters its channels (row 1.2: 3 kWh, 500 VA at 80 %), its inlet answers 0 everywhere.
_PANEL = record(
    *identity("1.3.6.1.4.1.31034.11.3"),
    *(
        (f"{SCHLEIFENBAUER}.6.1.1.{column}.1.1", INTEGER, value)
        for column, value in ((2, 0), (4, 10000), (7, 0), (9, 0))
    ),
    (f"{SCHLEIFENBAUER}.7.1.1.2.1.2", TEXT, "baie A01"),
    *((f"{SCHLEIFENBAUER}.7.2.1.{column}.1.2", INTEGER, value) for column, value in ((2, 3), (4, 8000), (10, 500))),
)

OWN = {
    "panel": _PANEL,
    "sound": _rpdu2((INTEGER, 123), (INTEGER, 45)),
    "unsupported": _rpdu2((INTEGER, -1), (INTEGER, -1)),
    "words": _rpdu2((TEXT, "notsupported "), (TEXT, "notsupported ")),
    "stranger": record(*identity("1.3.6.1.4.1.88888.1", "Nobody's PDU")),
    "texted": record(
        ("1.3.6.1.2.1.1.2.0", TEXT, f".{ROOT}"), (f"{ROOT}.1.1", TEXT, "prise"), (f"{ROOT}.3.1", GAUGE, 7)
    ),
    "old tree": record(
        *identity("1.3.6.1.4.1.318.1.3.4.8"),
        ("1.3.6.1.4.1.318.1.1.12.1.1.0", TEXT, "rack A2"),
        ("1.3.6.1.4.1.318.1.1.12.1.16.0", INTEGER, 312),
    ),
    "umg96": record(*identity("1.3.6.1.4.1.34278.8.6"), ("1.3.6.1.4.1.34278.4.1.0", GAUGE, 134812)),
    "habits": _HABITS,
    "many": _many(ROOT, 60),
    # No names: row 1 has no power, row 2 answers NULL for its energy, row 3 is whole.
    "nameless": record(
        *identity("1.3.6.1.4.1.318.1.3.4.9"),
        *((f"{EPDU}.10.{row}", kind, value) for row, kind, value in ((1, GAUGE, 11), (2, NULL, ""), (3, GAUGE, 33))),
        *((f"{EPDU}.6.{row}", GAUGE, 100 * row) for row in (2, 3)),
    ),
}

PROFILE = f"""
name = "own"
vendor = "Own"
sys_object_id = ["{ROOT}"]

[[table]]
kind = "outlet"
rows = "{ROOT}.1"
label = ["{ROOT}.1"]
energy = {{ oid = "{ROOT}.2" }}
power = {{ oid = "{ROOT}.3" }}
"""
