"""Accounting: what the years bring, service by service."""
