"""Revisits (clauses 5.2, 5.3). So far the frequency rules, which need no database."""
