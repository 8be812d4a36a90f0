"""The one door into Temporal: written with the caller's transaction, delivered at once or by the relay."""
