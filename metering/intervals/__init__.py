"""Validated intervals: rolled up from readings, replaced by versions, never changed."""
