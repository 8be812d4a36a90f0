"""A process whose clock is an hour ahead signs people in as the others do."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pyotp
import pytest

from api import bootstrap
from api.app import create_app
from demo.company import SAMPLE_PEOPLE, authenticator_secret, create_logins
from models.db.session import Database
from models.db.sign_in.tables import AttemptLimitRow, PasswordResetRow, PortalSessionRow
from models.settings import Settings
from notifications.links import Signer
from tests.api.api_client import RecordingDispatcher
from tests.api.conftest import KEYRING, PASSWORDS, services
from tests.api.signed_out_browser import Portal
from tests.clock_ahead import HOUR, HourAhead

pytestmark = pytest.mark.fault("18")
SOON = timedelta(minutes=2)
URL = "http://dialtone.test"


def right_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Processes:
    ahead: Portal
    right: Portal

    def code(self) -> str:
        """What an authenticator shows."""
        return pyotp.TOTP(authenticator_secret(SAMPLE_PEOPLE["employee"])).at(right_now())


@pytest.fixture
async def processes(company: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Processes]:
    await create_logins(company, KEYRING, PASSWORDS)
    settings = Settings(
        environment="development",
        DATABASE_URL=company.url.render_as_string(hide_password=False),
        public_url=URL,
    )
    signer = Signer([key.get_secret_value() for key in settings.link_keys], URL, now=right_now)
    dispatcher: Any = RecordingDispatcher()
    right = await services(company, dispatcher, signer=signer, now=right_now)
    monkeypatch.setattr("models.db.session.datetime", HourAhead)
    monkeypatch.setattr("itsdangerous.timed.time", SimpleNamespace(time=lambda: time.time() + HOUR.total_seconds()))
    async with bootstrap.open_services(settings, None) as opened:
        async with asyncio.timeout(20):
            while opened.now() > right_now() + SOON:
                await asyncio.sleep(0.02)
        ahead = replace(opened, keyring=KEYRING, passwords=PASSWORDS, dispatcher=dispatcher)
        yield Processes(
            *(Portal(create_app(each), company, dispatcher, clock=each.now) for each in (ahead, right))  # type: ignore[arg-type] # no test advances it
        )


async def test_a_person_signs_in_with_the_help_of_both(processes: Processes) -> None:
    async with processes.ahead.new_browser() as one, processes.right.new_browser() as other:
        await processes.ahead.submit_password(one)
        other.cookies = one.cookies
        answer = await other.post("/sign-in/code", data={"code": processes.code()})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        one.cookies = other.cookies
        assert (await one.get("/profile")).status_code == 200
    (session,) = await processes.right.rows(PortalSessionRow)
    assert session.expires_at < right_now() + timedelta(hours=12) + SOON


async def test_a_code_is_as_old_as_its_authenticator_says(processes: Processes) -> None:
    async with processes.ahead.new_browser() as browser:
        await processes.ahead.submit_password(browser)
        assert (await browser.post("/sign-in/code", data={"code": processes.code()})).status_code == 303
    (session,) = await processes.right.rows(PortalSessionRow)
    assert session.last_seen_at < right_now() + SOON


async def test_a_person_is_locked_out_for_as_long_as_by_any_other(processes: Processes) -> None:
    async with processes.ahead.new_browser() as browser:
        for _ in range(5):
            await processes.ahead.submit_password(browser, password="wrong")
    blocked = [row.blocked_until for row in await processes.right.rows(AttemptLimitRow) if row.blocked_until]
    assert len(blocked) == 1
    assert blocked[0] < right_now() + SOON


async def test_a_password_reset_link_works_for_an_hour(processes: Processes) -> None:
    async with processes.right.new_browser() as browser:
        await browser.post("/forgot", data={"user_name": SAMPLE_PEOPLE["employee"].email})
    async with processes.ahead.new_browser() as browser:
        opened = await browser.get(await reset_path(processes), follow_redirects=True)
        assert "New password" in opened.text
        await browser.post("/forgot", data={"user_name": SAMPLE_PEOPLE["admin"].email})
    ends = [row.expires_at for row in await processes.right.rows(PasswordResetRow)]
    assert len(ends) == 2
    assert max(ends) < right_now() + HOUR + SOON


async def reset_path(processes: Processes) -> str:
    (reset,) = await processes.right.rows(PasswordResetRow)
    signer: Signer = processes.right.app.state.services.signer
    return signer.reset_url(reset.id).removeprefix(URL)
