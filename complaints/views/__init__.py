"""Complaints: views."""
