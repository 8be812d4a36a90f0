"""The first order of a new user, by pages and emails alone: from sign-in to an active line."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.browser_user import BrowserUser, OpenBrowser
from tests.browser.page_setup import IPHONE, submit_code, submit_password

pytestmark = pytest.mark.timeout(300)
README = Path(__file__).resolve().parents[2] / "README.md"
ORDER_NUMBER = re.compile(r"\b[2-9A-Z]{3}-[2-9A-Z]{3}\b")
PHONE_NUMBER = re.compile(r"\(\d{3}\) \d{3}-\d{4}")


async def sign_in_as_jordan(user: BrowserUser) -> None:
    await user.open("/")
    await user.wait_for_path("/sign-in*")
    await submit_password(user, "jordan.blake@acme.example.com")
    await submit_code(user, "Jordan Blake")
    await user.wait_for_path("/")


async def place_order(user: BrowserUser, approver: str = "Dana Ortiz") -> str:
    """Order a phone with a line, and return the order number."""
    await user.follow("New order")
    await user.follow("Start", "New line and device")
    await user.fill_order_form(IPHONE)
    await user.fill({"Business reason": "My phone is four years old."})
    await user.press("Continue")
    await user.wait_for_text("Review your order", "iPhone 17 256 GB", "$65.00", approver)
    await user.press("Submit order")
    await user.wait_for_path("/orders/*")
    match = ORDER_NUMBER.search(await user.page.locator("main header").inner_text())
    assert match is not None
    return match[0]


async def approve_by_email(dana: BrowserUser, number: str) -> None:
    """Open the approval link in Dana's email, signed out, and approve."""
    await dana.open(f"{dana.site.inbox_url}/?to=dana.ortiz")
    subject = re.compile(rf"needs your approval.*\(order {number}\)")
    await dana.reload_until(subject)
    await dana.page.get_by_role("link", name=subject).click()
    email = dana.page.frame_locator("iframe")
    async with dana.context.expect_page() as opening:
        await email.get_by_role("link", name="Review request").click()
    dana.page = await opening.value
    dana.pressed.append("Review request")
    await dana.wait_for_text("for Jordan Blake?", "$65.00")
    await dana.press("Approve")
    await dana.wait_for_text("Dana Ortiz approved this order")


async def activate(user: BrowserUser) -> str:
    """Activate the device, and return the line's phone number."""
    await user.press("Activate")
    await user.wait_for_text("Completed")
    return await user.page.get_by_text(PHONE_NUMBER).first.inner_text()


def _readme_steps() -> list[str]:
    """The links and buttons of the README's first tour: what is bold, without the titles of the steps."""
    (section,) = re.findall(r"(?ms)^## Try it in a browser$(.*?)^## ", README.read_text())
    return [" ".join(text.split()) for text in re.findall(r"\*\*([^*]+)\*\*", section) if not text.endswith(".")]


async def test_the_readme_leads_from_sign_in_to_an_active_line(open_browser: OpenBrowser) -> None:
    jordan, dana = await open_browser(), await open_browser()
    await sign_in_as_jordan(jordan)
    number = await place_order(jordan)
    await jordan.wait_for_text("Awaiting approval", "Waiting for Dana Ortiz to approve")
    await jordan.page.evaluate("window.notReloaded = true")
    pressed_before = [*jordan.pressed]
    await approve_by_email(dana, number)
    await jordan.wait_for_text("Ready to activate")
    assert await jordan.page.evaluate("window.notReloaded")
    line = await activate(jordan)
    await jordan.follow("Home")
    await jordan.wait_for_text(line)
    await expect(jordan.page.get_by_role("listitem").filter(has_text=line)).to_contain_text("Active")
    assert _readme_steps() == [*pressed_before, *dana.pressed, *jordan.pressed[len(pressed_before) :]]


async def test_everything_works_without_javascript(open_browser: OpenBrowser) -> None:
    jordan, dana = await open_browser(java_script_enabled=False), await open_browser(java_script_enabled=False)
    await sign_in_as_jordan(jordan)
    number = await place_order(jordan)
    await approve_by_email(dana, number)
    await jordan.reload_until("Ready to activate")
    await jordan.press("Activate")
    await jordan.wait_for_text("Activating …")
    await jordan.reload_until("Completed")
