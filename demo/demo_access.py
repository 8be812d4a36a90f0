"""Ways into the running demo as one of its sample people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from api.auth import tokens
from demo.company import SAMPLE_PEOPLE, SamplePerson
from demo.data_dir import DataDir, Running
from demo.start_errors import StartFailed
from models.db.session import Database, Session, utc_now


async def token(project: Path, role: str) -> str:
    """A new bearer token of the sample person with a role.

    Raises:
        StartFailed: no demo runs here, or nobody has that role.
    """
    person, running = _person(role), DataDir(project).running()
    async with _transaction(running) as session:
        return await tokens.issue(session, person.tenant, person.id, at=utc_now())


async def sign_in_link(project: Path, role: str) -> str:
    """A link that signs a browser in as the sample person with a role, once.

    Raises:
        StartFailed: no demo runs here, or nobody has that role.
    """
    person, running = _person(role), DataDir(project).running()
    async with _transaction(running) as session:
        secret = await tokens.invite(session, person.tenant, person.id, at=utc_now())
    return f"{running.api_url}/sign-in/{secret}"


def _person(role: str) -> SamplePerson:
    try:
        return SAMPLE_PEOPLE[role]
    except KeyError:
        raise StartFailed(f"Nobody is {role!r} here. There are: {', '.join(SAMPLE_PEOPLE)}.") from None


@asynccontextmanager
async def _transaction(running: Running) -> AsyncIterator[Session]:
    database = Database(running.environment["DATABASE_URL"])
    try:
        async with database.transaction() as session:
            yield session
    finally:
        await database.close()
