"""Ordering in the portal: forms out of order types, drafts, and what an order would cost while it is filled in."""
