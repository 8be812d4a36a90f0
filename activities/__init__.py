"""The only hands that touch the world while an order runs."""
