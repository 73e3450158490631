"""Complaints: forms."""
