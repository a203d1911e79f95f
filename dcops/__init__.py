"""Promises, money and ways in: tariffs, contracts, invoices, hours, web, API and commands."""

__version__ = "0.1.0"
