"""Durable workflows: the one lifecycle of every order, and the order types it interprets."""
