"""What validation set aside or found odd, and what people decide of it."""
