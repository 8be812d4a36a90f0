"""Orders as pure values; `db` stores them."""
