"""The least that an order takes beside Temporal: its SQL, its HTTP requests and its emails, and no logic."""
