"""Who may: users, tokens, roles and the one place where permission is decided."""
