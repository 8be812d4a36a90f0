"""A newcomer's first order by nothing but pages and mails: ordered, approved, shipped, activated, in use."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.browser_user import Visitor
from tests.browser.entry_points import SitsDown, give_code, give_password
from tests.e2e.site import Site

pytestmark = pytest.mark.timeout(300)
IPHONE = "IPHONE-17-256"
README = Path(__file__).resolve().parents[2] / "README.md"
NUMBER = re.compile(r"\b[2-9A-Z]{3}-[2-9A-Z]{3}\b")


async def signed_in(visitor: Visitor, site: Site) -> None:
    """Sign in as Jordan, by password and by the code that the demo's authenticator shows."""
    await visitor.open("/")
    await visitor.stands_at("/sign-in*")
    await give_password(visitor, "jordan.blake@acme.example.com")
    await give_code(visitor, site, "Jordan Blake")
    await visitor.stands_at("/")


async def ordered(visitor: Visitor, approver: str = "Dana Ortiz") -> str:
    """Order a phone with a line; returns the order's number."""
    await visitor.follow("New order")
    await visitor.follow("Begin")
    await visitor.fill_order(IPHONE)
    await visitor.fill({"Reason": "My phone is four years old."})
    await visitor.press("Continue")
    await visitor.sees("Is this what you want to order?", "iPhone 17 256 GB", "$65.00", approver)
    await visitor.press("Send the order")
    await visitor.stands_at("/orders/*")
    found = NUMBER.search(await visitor.page.get_by_role("heading", level=1).inner_text())
    assert found is not None
    return found[0]


async def approved(manager: Visitor, site: Site, number: str) -> None:
    """Approve as whoever gets the mail: from the inbox, by its link, without signing in."""
    await manager.open(f"{site.inbox_url}/?to=dana.ortiz")
    await manager.reload_until(f"Order {number}: Please approve")
    await manager.page.get_by_role("link", name=re.compile(f"Order {number}: Please approve")).click()
    mail = manager.page.frame_locator("iframe")
    async with manager.context.expect_page() as opening:
        await mail.get_by_role("link", name="Review and decide").click()
    manager.page = await opening.value
    manager.pressed.append("Review and decide")
    await manager.sees("Jordan Blake asks you to approve", "$65.00")
    await manager.press("Approve")
    await manager.sees("Dana Ortiz approved this order")


async def activated(visitor: Visitor) -> str:
    """Say that the device has arrived; returns the number of the line."""
    await visitor.press("Activate")
    await visitor.sees("Completed")
    return await visitor.page.get_by_text(re.compile(r"\(\d{3}\) \d{3}-\d{4}")).first.inner_text()


def _steps() -> list[str]:
    """What the README has a newcomer press, in this order."""
    (section,) = re.findall(r"(?ms)^## Five minutes in a browser$(.*?)^## ", README.read_text())
    return re.findall(r"\*\*([^*]+)\*\*", section)


async def test_an_order_goes_from_signing_in_to_a_line_in_use(sits_down: SitsDown, site: Site) -> None:
    jordan, dana = await sits_down(), await sits_down()
    await signed_in(jordan, site)
    number = await ordered(jordan)
    await jordan.sees("Awaiting approval", "Dana Ortiz decides")
    await jordan.page.evaluate("window.loaded = 'once'")
    before = [*jordan.pressed]
    await approved(dana, site, number)
    await jordan.sees("Awaiting activation")
    assert await jordan.page.evaluate("window.loaded") == "once"
    line = await activated(jordan)
    await jordan.follow("Home")
    await jordan.sees(line)
    await expect(jordan.page.get_by_role("listitem").filter(has_text=line)).to_contain_text("Active")
    assert _steps() == [*before, *dana.pressed, *jordan.pressed[len(before) :]]


async def test_without_scripts_everything_can_be_done_as_well(sits_down: SitsDown, site: Site) -> None:
    jordan, dana = await sits_down(java_script_enabled=False), await sits_down(java_script_enabled=False)
    await signed_in(jordan, site)
    number = await ordered(jordan)
    await approved(dana, site, number)
    await jordan.reload_until("Awaiting activation")
    await jordan.press("Activate")
    await jordan.reload_until("Completed")
