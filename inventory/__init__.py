"""What exists, for whom, and who says so: customers, space, machines, and the comparison of sources."""
