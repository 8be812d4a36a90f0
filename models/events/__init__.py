"""All events of orders, by theme."""
