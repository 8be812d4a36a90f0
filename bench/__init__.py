"""How fast Dialtone is, compared with the engine it runs on (`make bench`)."""
