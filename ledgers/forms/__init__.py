"""What people type: shape, length and plausibility, with messages they can act on. The rules stand in the services."""
