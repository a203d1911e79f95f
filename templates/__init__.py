"""Jinja templates, installed as the package ``dcops.templates``."""
