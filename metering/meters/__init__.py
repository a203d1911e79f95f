"""What people tell of meters: their file, readings by hand, exchanges."""
