"""Access to the running demo as one of its sample people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from api.auth import tokens
from demo.company import SAMPLE_PEOPLE
from demo.company.sample import SamplePerson
from demo.data_dir import DataDir, RunningDemo
from demo.start_errors import StartFailed
from models.db.session import Database, Session, utc_now


async def token(project: Path, role: str) -> str:
    """A new bearer token for the sample person with a role.

    Raises:
        StartFailed: no demo runs here, or there is no such role.
    """
    person, running = _person(role), DataDir(project).running()
    async with _transaction(running) as session:
        return await tokens.issue_token(session, person.tenant, person.id, at=utc_now())


async def sign_in_link(project: Path, role: str) -> str:
    """A link that signs a browser in once as the sample person with a role.

    Raises:
        StartFailed: no demo runs here, or there is no such role.
    """
    person, running = _person(role), DataDir(project).running()
    async with _transaction(running) as session:
        secret = await tokens.create_sign_in_link(session, person.tenant, person.id, at=utc_now())
    return f"{running.api_url}/sign-in/{secret}"


def _person(role: str) -> SamplePerson:
    try:
        return SAMPLE_PEOPLE[role]
    except KeyError:
        raise StartFailed(
            f"No sample person has the role {role!r}. Choose one of {', '.join(SAMPLE_PEOPLE)}."
        ) from None


@asynccontextmanager
async def _transaction(running: RunningDemo) -> AsyncIterator[Session]:
    database = Database(running.environment["DATABASE_URL"])
    try:
        async with database.transaction() as session:
            yield session
    finally:
        await database.close()
