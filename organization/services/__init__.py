"""Every write to units, people, appointments, matrix and editions; rights come in step in the same transaction."""
