"""A word of 120 characters, wherever people can enter one, keeps the page within the screen of a phone."""

from collections.abc import Awaitable, Callable

import pytest

from tests.browser.browser_user import BrowserUser, OpenBrowser
from tests.browser.conftest import PHONE_WIDTH
from tests.e2e.site import PHONE

pytestmark = pytest.mark.timeout(300)
WORD = "W" * 120


async def name_of_a_person(user: BrowserUser) -> list[str]:
    await user.open("/people/new")
    await user.fill({"Name": WORD, "Work email": "long.name@acme.example.com", "Employee number": "W-1"})
    await user.page.get_by_label("Department").select_option(index=1)
    await user.press("Add person")
    await user.wait_for_path("/people/01*")
    return [user.page.url, "/people?q=WWW"]


async def reason_of_an_order(user: BrowserUser) -> list[str]:
    async with await user.site.client("Priya") as client:
        answer = await client.post("/api/v1/orders", json={**PHONE, "reason": WORD})
    assert answer.status_code == 201, answer.text
    return [f"/orders/{answer.json()['number']}"]


async def text_of_an_announcement(user: BrowserUser) -> list[str]:
    await user.open("/announcements")
    await user.fill({"Title": "Long word", "Message": WORD})
    await user.press("Post")
    await user.wait_for_text("Long word")
    return ["/announcements", "/"]


@pytest.mark.fault("33")
@pytest.mark.parametrize(
    "enter", [name_of_a_person, reason_of_an_order, text_of_an_announcement], ids=lambda function: function.__name__
)
async def test_the_page_stays_within_the_screen(
    open_browser: OpenBrowser, enter: Callable[[BrowserUser], Awaitable[list[str]]]
) -> None:
    user = await open_browser("admin")
    await user.page.set_viewport_size({"width": PHONE_WIDTH, "height": 800})
    for path in await enter(user):
        await user.open(path)
        assert WORD in await user.page.content()
        assert await user.overflowing_elements() == []
