"""Shape and choices; the rules stand in the services."""
