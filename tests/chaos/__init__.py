"""Reliability, tested from outside: real servers that are killed, real clients, and an oracle that reads the database.

``python -m tests.chaos --help`` says how to run it; ``pytest -o addopts= tests/chaos`` runs the short forms.
"""
