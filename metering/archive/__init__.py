"""Readings of old months, in files that energy can still be told from."""
