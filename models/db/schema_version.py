"""Whether the database is there and as new as the program."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import select

from models.db.session import Database, Session


class NotMigrated(Exception):
    """The database is there, but nobody has prepared it."""


_MIGRATIONS = Path(__file__).parent / "migrations"


async def schema_version(session: Session) -> str | None:
    """The version the database is at; None when nobody has migrated it."""
    known = await session.exec(select(text("to_regclass('alembic_version')")))
    if known.one() is None:
        return None
    rows = await session.exec(select(text("version_num FROM alembic_version")))
    version: str | None = rows.first()
    return version


async def migrated(database: Database) -> None:
    """Make sure of a database with a schema, of whatever version. Raises NotMigrated, and what the driver raises."""
    async with database.transaction() as session:
        if await schema_version(session) is None:
            raise NotMigrated("`dialtone bootstrap` has not run yet")


@cache
def newest_version() -> str | None:
    """The version this program was written for."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()
