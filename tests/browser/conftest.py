"""One browser for all tests; whoever sits down at it remembers nothing of the others."""

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
from tests.browser.browser_user import Visitor
from tests.browser.entry_points import Scene, SitsDown
from tests.browser.pages import Shown
from tests.browser.sample_orders import World, inhabit
from tests.e2e.site import Site, allow_many_lines

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# As root it has no sandbox; the rest keeps it from asking its maker for news.
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
WIDE, PHONE = 1280, 360
Opened = Callable[[Shown], Awaitable[Visitor]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this machine."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None) or _without()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


def _without() -> NoReturn:
    """A laptop may do without a browser; what decides over a change may not."""
    reason = "There is no Chromium on this machine (on Debian: apt-get install chromium)."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
async def placing(chromium: Browser, demo: Path, site: Site) -> AsyncIterator[asyncio.Task[World]]:  # noqa: ARG001 - not without
    """Orders being placed and carried on, while tests that do not need them run."""
    await allow_many_lines(site.database)
    placing = asyncio.create_task(inhabit(site, DataDir(demo).running().environment["TEMPORAL_ADDRESS"]))
    yield placing
    placing.cancel()


@pytest.fixture(scope="session")
async def world(placing: asyncio.Task[World]) -> World:
    """Orders at every point of their way."""
    return await placing


@pytest.fixture(scope="session")
async def places(demo: Path, world: World) -> dict[str, str]:
    """What stands for the braces in addresses."""
    invitation = await sign_in_link(demo, "employee")
    quoted = {name: quote(value) for name, value in asdict(world).items()}
    dana = SAMPLE_PEOPLE["manager"].id
    return {**quoted, "invitation": invitation.rpartition("/")[2], "dana": dana}


@pytest.fixture(scope="session")
def sessions() -> dict[str, StorageState]:
    """Of each role the session of a browser, once somebody has sat down with it."""
    return {}


@pytest.fixture
async def sits_down(
    chromium: Browser,
    demo: Path,
    site: Site,
    placing: asyncio.Task[World],  # noqa: ARG001 - begins with the first who sits down
    sessions: dict[str, StorageState],
) -> AsyncIterator[SitsDown]:
    """Have somebody sit down at a browser: the sample person of a role, signed in, or without one a stranger.

    Afterwards no page they have seen may have had a fault.
    """
    seated: list[Visitor] = []

    async def sit_down(role: str | None = None, *, width: int = WIDE, height: int = 800, **options: Any) -> Visitor:
        seen, look = sessions.get(role or ""), {"reduced_motion": "reduce", "locale": "en-US", **options}
        context = await chromium.new_context(storage_state=seen, viewport={"width": width, "height": height}, **look)
        visitor = Visitor(context=context, page=await context.new_page(), url=site.api_url)
        seated.append(visitor)
        if role and not seen:
            sessions[role] = await _sign_in(visitor, await sign_in_link(demo, role))
        return visitor

    yield sit_down
    for visitor in seated:
        await visitor.context.close()
    assert [fault for visitor in seated for fault in visitor.faults] == []


async def _sign_in(visitor: Visitor, link: str) -> StorageState:
    """Sign in by the link for development; others may take the session up."""
    await visitor.open(link)
    await visitor.press("Sign in")
    await visitor.stands_at("/")
    return await visitor.context.storage_state()


@pytest.fixture
def opened(sits_down: SitsDown, site: Site, places: dict[str, str]) -> Opened:
    """Have a page opened by whom it is for."""

    async def open_(shown: Shown) -> Visitor:
        visitor = await sits_down(shown.role)
        visitor.expects(shown.status)
        if shown.way:
            await shown.way(visitor, Scene(site=site, sits_down=sits_down))
        if shown.address:
            await visitor.open(shown.address.format(**places))
        return visitor

    return open_
