"""The steps of an order with DBOS instead of Temporal: durable workflows in PostgreSQL alone."""
