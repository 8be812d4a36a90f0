"""The sample company with its people let in, and a browser before the sign-in page, with a clock of its own."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pyotp
from sqlmodel import SQLModel, col, select

from demo.company import PASSWORD, SAMPLE_PEOPLE, authenticator_of
from models.db.audit.tables import AuditRow
from models.db.notifications.tables import AccountEmailRow
from models.db.session import utc_now
from notifications.links import Signer
from tests.api.api_client import FORM, Office

SIGNER = Signer(["test-signing-key"], "http://dialtone.test")
HTML = {"Accept": "text/html", **FORM}


@dataclass
class Clock:
    """What the application takes for the time: ours, and what a test adds."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def pass_(self, **time: float) -> None:
        self.ahead += timedelta(**time)


class House(Office):
    """The office whose people sign in by password and code."""

    def __init__(self, *args: Any, clock: Clock) -> None:
        super().__init__(*args)
        self.clock = clock

    def visitor(self) -> httpx2.AsyncClient:
        """A browser nobody has signed in with."""
        return self.anonymous(**HTML)

    def code(self, part: str = "employee") -> str:
        """What the authenticator of a sample person shows now."""
        return pyotp.TOTP(authenticator_of(SAMPLE_PEOPLE[part])).at(self.clock())

    async def password(
        self, client: httpx2.AsyncClient, part: str = "employee", password: str = PASSWORD, **more: str
    ) -> httpx2.Response:
        """Send the first step."""
        return await client.post(
            "/sign-in", data={"user_name": SAMPLE_PEOPLE[part].email, "password": password, **more}
        )

    async def sign_in(self, client: httpx2.AsyncClient, part: str = "employee") -> httpx2.Response:
        """Both steps, with a code that was not used yet."""
        await self.password(client, part)
        self.clock.pass_(seconds=30)
        return await client.post("/sign-in/code", data={"code": self.code(part)})

    async def rows(self, table: type[SQLModel]) -> list[Any]:
        async with self.database.transaction() as session:
            return list((await session.exec(select(table))).all())

    async def deeds(self) -> list[str]:
        """The audit record, oldest first."""
        async with self.database.transaction() as session:
            rows = await session.exec(select(AuditRow).order_by(col(AuditRow.id)))
            return [row.action for row in rows]

    async def letters(self) -> list[AccountEmailRow]:
        """The mails about access, oldest first."""
        async with self.database.transaction() as session:
            return list((await session.exec(select(AccountEmailRow).order_by(col(AccountEmailRow.id)))).all())

    async def reset_path(self) -> str:
        """Where the link of the newest such mail leads."""
        newest = [row for row in await self.letters() if row.reset_id is not None][-1]
        return SIGNER.reset_url(str(newest.reset_id)).removeprefix("http://dialtone.test")


def heading(answer: httpx2.Response) -> str:
    """What a page is headed."""
    (found,) = re.findall(r"<h1>(.*?)</h1>", answer.text)
    return str(found)
