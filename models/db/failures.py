"""What an error of the database means. `Database` raises our own error in its place, so callers know no driver."""

import re

from asyncpg.exceptions import (
    IntegrityConstraintViolationError,
    InvalidCachedStatementError,
    OutdatedSchemaCacheError,
    PostgresError,
)
from asyncpg.exceptions import InterfaceError as DriverInterfaceError
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from models.errors import DatabaseUnavailable, InvalidRequest, QueryTimeout

__all__ = [
    "CONNECTION_ERRORS",
    "IntegrityError",
    "SQLAlchemyError",
    "is_conflict",
    "is_unavailable",
    "sqlstate",
    "translated",
    "violated_constraint",
    "violated_values",
]

# No answer from the server. A TimeoutError, which is an OSError, is a connection or a command that took too long.
_UNANSWERED = (OSError, PoolTimeoutError, DriverInterfaceError)
# A statement that was prepared before the schema changed; the connection prepares it again next time.
_OUTDATED = (InvalidCachedStatementError, OutdatedSchemaCacheError)
# What connecting can raise; the driver's own errors come as they are.
CONNECTION_ERRORS: tuple[type[Exception], ...] = (*_UNANSWERED, DBAPIError, PostgresError)
# Beginnings of SQLSTATE codes: no connection, no resources (such as disk or connections), an operator or a time limit
# ended the statement, another transaction was in the way.
_UNAVAILABLE = ("08", "53", "57", "40", "55P03")
_CONFLICT = "40"  # a deadlock or a serialization failure
_TIMEOUT = frozenset({"57014", "55P03"})  # query_canceled, lock_not_available
_UNSTORABLE = frozenset({"22021", "22P05"})  # character_not_in_repertoire, untranslatable_character


def translated(error: Exception) -> DatabaseUnavailable | InvalidRequest | IntegrityError | None:
    """What to raise in place of an error of the database, which is its cause; None if it is a defect."""
    if isinstance(error, IntegrityConstraintViolationError):  # of a statement that the driver ran
        return IntegrityError(None, None, error, hide_parameters=True)
    if is_unavailable(error):
        return QueryTimeout() if sqlstate(error) in _TIMEOUT else DatabaseUnavailable()
    return InvalidRequest("Text can't contain NUL characters.") if sqlstate(error) in _UNSTORABLE else None


def is_unavailable(error: Exception) -> bool:
    """Whether the same statement can succeed later. Only for errors of the database: other services raise OSErrors."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, DriverInterfaceError) and isinstance(error, ValueError):
        return False  # a value that the driver can't send
    return isinstance(error, (*_UNANSWERED, *_OUTDATED)) or sqlstate(error).startswith(_UNAVAILABLE)


def is_conflict(error: DatabaseUnavailable) -> bool:
    """Whether the transaction can be repeated at once: it gave way to another one, or to a change of the schema."""
    return isinstance(error.__cause__, _OUTDATED) or sqlstate(error.__cause__).startswith(_CONFLICT)


def violated_constraint(error: IntegrityError) -> str:
    """The name of the constraint that a statement violates; empty if it is not known."""
    return getattr(_of_driver(error), "constraint_name", None) or ""


def violated_values(error: IntegrityError) -> tuple[list[str], list[str]]:
    """The columns and the values of a row that another one has, or that name nothing; empty if they are not known."""
    detail = getattr(_of_driver(error), "detail", None) or ""
    found = re.match(r"Key \((.*?)\)=\((.*)\) ", detail, re.DOTALL)
    names, values = (part.split(", ") for part in found.groups()) if found else ([], [])
    return (names, values) if len(names) == len(values) else ([], [])


def _of_driver(error: IntegrityError) -> BaseException | None:
    return error.orig and (error.orig.__cause__ or error.orig)


def sqlstate(error: BaseException | None) -> str:
    """The error's SQLSTATE; empty if it did not come from the server."""
    source = error.orig if isinstance(error, DBAPIError) else error
    return getattr(source, "sqlstate", None) or ""
