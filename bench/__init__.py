"""How much an order takes, compared with the least that it could take (`make bench`)."""
