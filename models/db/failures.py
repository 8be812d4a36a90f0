"""Exceptions of the database driver, for callers that handle them."""

from asyncpg.exceptions import PostgresConnectionError, TooManyConnectionsError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

__all__ = ["UNAVAILABLE", "DBAPIError", "SQLAlchemyError", "is_unavailable", "is_unstorable"]

# The database can't be reached, or has no free connection.
UNAVAILABLE: tuple[type[Exception], ...] = (
    OSError,
    InterfaceError,
    OperationalError,
    PoolTimeoutError,
    PostgresConnectionError,
    TooManyConnectionsError,
)
_UNSTORABLE = frozenset({"22021", "22P05"})  # character_not_in_repertoire, untranslatable_character


def is_unavailable(error: Exception) -> bool:
    """Whether the connection was lost during a statement."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_unstorable(error: Exception) -> bool:
    """Whether a text has a character that PostgreSQL can't store, such as NUL."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _UNSTORABLE
