"""How an installation tells that it is well: metrics, readiness, and a diagnosis for its operator."""
