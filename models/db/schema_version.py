"""The schema version of the database, and the version this program needs."""

from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import select

from models.db.session import Database, Session

_MIGRATIONS = Path(__file__).parent / "migrations"


class NotMigrated(Exception):
    """The database has no schema yet."""


async def schema_version(session: Session) -> str | None:
    """The version the database is at; None if it was never migrated."""
    if await session.first(select(text("to_regclass('alembic_version')"))) is None:
        return None
    version: str | None = await session.first(select(text("version_num FROM alembic_version")))
    return version


async def server_version(session: Session) -> int:
    """The major version of PostgreSQL."""
    number: int | None = await session.first(select(text("current_setting('server_version_num')::int")))
    assert number is not None
    return number // 10_000


async def check_migrated(database: Database) -> None:
    """Check that the database has a schema, of any version. Raises NotMigrated, or an error of the driver."""
    async with database.transaction() as session:
        if await schema_version(session) is None:
            raise NotMigrated("Run `dialtone bootstrap` first")


def is_known(version: str) -> bool:
    """Whether this program has the migration; not that of a newer program."""
    return version in {one.revision for one in _migrations().walk_revisions()}


@cache
def newest_version() -> str | None:
    """The version this program needs."""
    return _migrations().get_current_head()


def _migrations() -> ScriptDirectory:
    return ScriptDirectory(str(_MIGRATIONS))
