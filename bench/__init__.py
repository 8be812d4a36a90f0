"""How fast Dialtone is compared with Temporal alone (`make bench`)."""
