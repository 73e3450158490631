"""The demo group: people, projects and records in every state of every flow, made by the services themselves.

Everything is drawn from one fixed seed; dates are relative to the day it is loaded.
"""
