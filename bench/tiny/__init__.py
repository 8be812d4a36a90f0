"""The same order built the usual way: an activity and an upsert for every step and every status."""
