"""The sample company with logins, browsers that are not signed in, and a clock that tests advance."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pyotp
from sqlmodel import SQLModel, col, select

from demo.company import PASSWORD, SAMPLE_PEOPLE, authenticator_secret
from models.audit import AuditAction
from models.db.audit.tables import AuditRow
from models.db.notifications.tables import AccountEmailRow
from models.db.session import utc_now
from notifications.links import Signer
from tests.api.api_client import FORM, ApiTenant

SIGNER = Signer(["test-signing-key"], "http://dialtone.test")
HTML = {"Accept": "text/html", **FORM}


@dataclass
class Clock:
    """Starts at the real time and stands still, so that a code is exactly as old as the test makes it."""

    now: datetime = field(default_factory=utc_now)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **time: float) -> None:
        self.now += timedelta(**time)


class Portal(ApiTenant):
    """The office with people who sign in by password and code."""

    def __init__(self, *args: Any, clock: Clock) -> None:
        super().__init__(*args)
        self.clock = clock

    def new_browser(self) -> httpx2.AsyncClient:
        return self.anonymous(**HTML)

    def code(self, role: str = "employee") -> str:
        """The current authenticator code of a sample person."""
        return pyotp.TOTP(authenticator_secret(SAMPLE_PEOPLE[role])).at(self.clock())

    async def submit_password(
        self, client: httpx2.AsyncClient, role: str = "employee", password: str = PASSWORD, **more: str
    ) -> httpx2.Response:
        """Send the password, the first step of signing in."""
        return await client.post(
            "/sign-in", data={"user_name": SAMPLE_PEOPLE[role].email, "password": password, **more}
        )

    async def sign_in(self, client: httpx2.AsyncClient, role: str = "employee") -> httpx2.Response:
        """Take both steps, with a new code."""
        await self.submit_password(client, role)
        self.clock.advance(seconds=30)
        return await client.post("/sign-in/code", data={"code": self.code(role)})

    async def rows(self, table: type[SQLModel]) -> list[Any]:
        async with self.database.transaction() as session:
            return list((await session.exec(select(table))).all())

    async def audit_actions(self) -> list[str]:
        """The actions in the audit log, oldest first, without the imports of the sample company."""
        others = select(AuditRow).where(col(AuditRow.action) != AuditAction.IMPORT_APPLIED)
        async with self.database.transaction() as session:
            return [row.action for row in await session.exec(others.order_by(col(AuditRow.id)))]

    async def account_emails(self) -> list[AccountEmailRow]:
        """The account emails, oldest first."""
        async with self.database.transaction() as session:
            return list((await session.exec(select(AccountEmailRow).order_by(col(AccountEmailRow.id)))).all())

    async def reset_path(self) -> str:
        """The path of the newest password reset link."""
        newest = [row for row in await self.account_emails() if row.reset_id is not None][-1]
        return SIGNER.reset_url(str(newest.reset_id)).removeprefix("http://dialtone.test")


def heading(answer: httpx2.Response) -> str:
    (found,) = re.findall(r"<h1>(.*?)</h1>", answer.text)
    return str(found)
