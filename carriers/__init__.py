"""Adapters to carriers: one file per API, one Protocol for all."""
