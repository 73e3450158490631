"""Scoped reads of units, people, appointments, the matrix and the audit trail."""
