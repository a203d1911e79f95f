"""What people are warned of, once each: shown, counted, and sent by e-mail or to a webhook."""
