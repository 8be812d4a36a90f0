"""One Chromium for all tests, and a browser context for each user."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, StorageState, async_playwright

from demo.company import SAMPLE_PEOPLE
from demo.data_dir import DataDir
from demo.demo_access import sign_in_link
from tests.browser.browser_user import BrowserUser, OpenBrowser
from tests.browser.pages import PageCase
from tests.browser.sample_orders import SampleOrders, create_sample_orders
from tests.e2e.site import Site, allow_many_lines

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Chromium has no sandbox when it runs as root; the other options turn off its requests to Google.
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
DESKTOP_WIDTH, PHONE_WIDTH = 1280, 360
OpenPage = Callable[[PageCase], Awaitable[BrowserUser]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None) or _no_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


def _no_chromium() -> NoReturn:
    """Skip the test, or fail it in CI."""
    reason = "There is no Chromium on this machine (on Debian: apt-get install chromium)."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
async def sample_orders_task(
    chromium: Browser,  # noqa: ARG001 - without Chromium no orders are needed
    demo: Path,
    site: Site,
) -> AsyncIterator[asyncio.Task[SampleOrders]]:
    """Creates the sample orders while tests run that don't need them."""
    await allow_many_lines(site.database)
    temporal_address = DataDir(demo).running().environment["TEMPORAL_ADDRESS"]
    task = asyncio.create_task(create_sample_orders(site, temporal_address))
    yield task
    task.cancel()


@pytest.fixture(scope="session")
async def sample_orders(sample_orders_task: asyncio.Task[SampleOrders]) -> SampleOrders:
    return await sample_orders_task


@pytest.fixture(scope="session")
async def path_values(demo: Path, sample_orders: SampleOrders) -> dict[str, str]:
    """The values for the placeholders in the paths of page cases."""
    orders = {name: quote(value) for name, value in asdict(sample_orders).items()}
    link = await sign_in_link(demo, "employee")
    return {**orders, "sign_in_secret": link.rpartition("/")[2], "dana": SAMPLE_PEOPLE["manager"].id}


@pytest.fixture(scope="session")
def signed_in_states() -> dict[str, StorageState]:
    """The cookies of each role that has signed in."""
    return {}


@pytest.fixture
async def open_browser(
    chromium: Browser,
    demo: Path,
    site: Site,
    sample_orders_task: asyncio.Task[SampleOrders],  # noqa: ARG001 - starts with the first test that opens a browser
    signed_in_states: dict[str, StorageState],
) -> AsyncIterator[OpenBrowser]:
    """Opens browsers; the test fails if a page of theirs had a fault."""
    users: list[BrowserUser] = []

    async def open_(role: str | None = None, **options: Any) -> BrowserUser:
        state = signed_in_states.get(role or "")
        context = await chromium.new_context(
            storage_state=state,
            viewport={"width": DESKTOP_WIDTH, "height": 800},
            reduced_motion="reduce",
            locale="en-US",
            **options,
        )
        user = BrowserUser(context=context, page=await context.new_page(), site=site)
        users.append(user)
        if role and not state:
            signed_in_states[role] = await _sign_in(user, await sign_in_link(demo, role))
        return user

    yield open_
    for user in users:
        await user.context.close()
    assert [fault for user in users for fault in user.faults] == []


async def _sign_in(user: BrowserUser, link: str) -> StorageState:
    await user.open(link)
    await user.press("Sign in")
    await user.wait_for_path("/")
    return await user.context.storage_state()


@pytest.fixture
def open_page(open_browser: OpenBrowser, path_values: dict[str, str]) -> OpenPage:
    """Opens the page of a case in a new browser."""

    async def open_(case: PageCase) -> BrowserUser:
        user = await open_browser(case.role)
        user.allow_status(case.status)
        if case.setup:
            await case.setup(user, open_browser)
        await user.open(case.path.format(**path_values))
        return user

    return open_
