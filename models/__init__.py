"""What an order is: pure values, and below `db` the tables that keep them."""
