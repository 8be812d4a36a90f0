"""PostgreSQL: tables, sessions, and one module of queries per aggregate."""
