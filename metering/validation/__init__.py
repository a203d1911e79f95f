"""Validation, estimation, editing: the rules from registers to Wh that can be defended."""
