"""Where space is looked for, with the power that is left."""
