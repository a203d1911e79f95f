"""How much and when: registers, readings, validated intervals, energy of a place over a period."""
