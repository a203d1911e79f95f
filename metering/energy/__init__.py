"""Energy of a meter, a rack, a share, a customer or the site over a period, and what pictures need of it."""
