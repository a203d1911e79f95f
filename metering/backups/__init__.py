"""What backup boxes hold, day by day."""
