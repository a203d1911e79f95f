"""Findings turned into plans that a person reviews, then carried out: contracts amended, NetBox corrected."""
