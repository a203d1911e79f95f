"""Scheduled work: the table of jobs, when each is due, who runs it, and what its runs said."""
