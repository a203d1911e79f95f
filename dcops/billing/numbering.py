"""How documents are numbered: one series per budget and year of issue, without a gap; pure."""

from __future__ import annotations

from datetime import date


def series_of(budget: str, issued_on: date) -> str:
    """The series of a budget on a day: ``CSN/2025``; invoices and credit notes share it."""
    return f"{budget}/{issued_on.year}"


def number_of(budget: str, issued_on: date, sequence: int) -> str:
    """A number that people and finance software read, 20 characters at most: ``CSN-2025-00042``."""
    return f"{budget}-{issued_on.year}-{sequence:05d}"
