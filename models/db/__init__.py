"""PostgreSQL: one package of tables and queries per aggregate; modules here use several of them."""
