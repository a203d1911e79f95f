"""The web interface: one blueprint per area; parse, one call, render."""
