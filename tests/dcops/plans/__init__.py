"""Plans of actions: proposed, kept, applied."""
