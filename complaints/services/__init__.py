"""Complaints: services."""
