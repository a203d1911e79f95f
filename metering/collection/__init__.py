"""Asking devices in rounds, and losing nothing of what they answered."""
