"""Charges, runs and invoices: what is true turned into what is owed."""
