"""Complaints: selectors."""
