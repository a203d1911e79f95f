"""What was sold: dated subscriptions, and the grid lines each ordered thing brings."""
