"""What earlier runs knew of each guest; being written; pure."""
