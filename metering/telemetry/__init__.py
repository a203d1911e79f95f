"""Registers whose raw samples stay in a Prometheus-compatible database."""
