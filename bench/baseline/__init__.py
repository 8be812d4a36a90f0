"""Temporal's own limit: workflows with the activities, messages and timers of an order, and no work in them."""
