"""The only way to send to Temporal: messages are committed with the caller's transaction, then delivered."""
