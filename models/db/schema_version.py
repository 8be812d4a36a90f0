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


async def check_migrated(database: Database) -> None:
    """Check that the database has a schema, of any version. Raises NotMigrated, or an error of the driver."""
    async with database.transaction() as session:
        if await schema_version(session) is None:
            raise NotMigrated("Run `dialtone bootstrap` first")


@cache
def newest_version() -> str | None:
    """The version this program needs."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()
