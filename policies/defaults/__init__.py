"""The default answers that are computed, by theme."""
