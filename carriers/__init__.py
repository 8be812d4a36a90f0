"""Adapters to carriers: one package per API, one protocol for all."""
