"""Hour packs and interventions: an append-only ledger of minutes."""
