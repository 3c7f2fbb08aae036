"""Attacks on the library, each with a count: ``python -m tests.battery`` runs all of them in full and prints a table."""
