"""Records an order: the steps of its workflow for the baseline, and what it sends and receives for the bare work."""
