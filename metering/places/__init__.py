"""Where meters count, and how racks are divided."""
