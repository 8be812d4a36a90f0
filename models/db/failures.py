"""What an exception of the database means, for callers that handle it."""

from asyncpg.exceptions import InterfaceError as DriverInterfaceError
from asyncpg.exceptions import PostgresError
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

__all__ = [
    "DATABASE_ERRORS",
    "IntegrityError",
    "SQLAlchemyError",
    "is_conflict",
    "is_unavailable",
    "is_unstorable",
    "violated_constraint",
]

# No answer from the server. A TimeoutError, which is an OSError, is a connection or a command that took too long.
_UNANSWERED = (OSError, PoolTimeoutError, DriverInterfaceError)
# Everything a transaction can raise because of the database; the driver's own errors occur while it connects.
DATABASE_ERRORS: tuple[type[Exception], ...] = (*_UNANSWERED, DBAPIError, PostgresError)
# Beginnings of SQLSTATE codes: no connection, no resources (such as disk or connections), an operator or a time limit
# ended the statement, another transaction was in the way.
_UNAVAILABLE = ("08", "53", "57", "40", "55P03")
_CONFLICT = "40"  # a deadlock or a serialization failure
_UNSTORABLE = frozenset({"22021", "22P05"})  # character_not_in_repertoire, untranslatable_character


def is_unavailable(error: Exception) -> bool:
    """Whether the same request can succeed later."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, _UNANSWERED) or _sqlstate(error).startswith(_UNAVAILABLE)


def is_conflict(error: Exception) -> bool:
    """Whether the transaction was rolled back because of another one, so that it can be repeated at once."""
    return _sqlstate(error).startswith(_CONFLICT)


def is_unstorable(error: Exception) -> bool:
    """Whether a text has a character that PostgreSQL can't store, such as NUL."""
    return _sqlstate(error) in _UNSTORABLE


def violated_constraint(error: IntegrityError) -> str:
    """The name of the constraint that a statement violates; empty if it is not known."""
    return getattr(error.orig and error.orig.__cause__, "constraint_name", None) or ""


def _sqlstate(error: Exception) -> str:
    """The error's SQLSTATE; empty if it did not come from the server."""
    source = error.orig if isinstance(error, DBAPIError) else error
    return getattr(source, "sqlstate", None) or ""
