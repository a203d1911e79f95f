"""Space and power together: where something still fits, what a room looks like."""
