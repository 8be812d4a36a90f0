"""Search, an operator's retry, and announcements."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.browser_user import OpenBrowser
from tests.browser.sample_orders import SampleOrders

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("spelling", ["{0}{1}{2}", "({0}) {1}-{2}", "{0}.{1}.{2}", "+1 {0} {1} {2}", "1-{0}-{1}-{2}"])
async def test_a_phone_number_is_found_in_any_format(
    open_browser: OpenBrowser, sample_orders: SampleOrders, spelling: str
) -> None:
    match = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", sample_orders.line)
    assert match is not None
    number = "({}) {}-{}".format(*match.groups())
    jordan = await open_browser("employee")
    await jordan.open("/")
    await jordan.page.get_by_role("searchbox").first.fill(spelling.format(*match.groups()))
    await jordan.page.keyboard.press("Enter")
    await jordan.wait_for_path("/search*")
    await jordan.follow(number)
    await expect(jordan.page.get_by_role("heading", level=1)).to_contain_text(number)


async def test_an_operator_retries_a_failed_order(open_browser: OpenBrowser, sample_orders: SampleOrders) -> None:
    priya = await open_browser("admin")
    await priya.open("/admin")
    await priya.follow("Failed step")
    await priya.follow(f"Failed step – order {sample_orders.failed}")
    await priya.page.get_by_label("What did you fix?").fill("The carrier is back, ticket 4711.")
    await priya.page.get_by_role("button", name="Retry").click()
    await priya.wait_for_path(f"/tasks/{sample_orders.task}*")
    await priya.open(f"/orders/{sample_orders.failed}")
    await priya.wait_for_text("Ready to activate")
    await priya.open(f"/admin/orders/{sample_orders.failed}?source=order")
    await priya.wait_for_text("ticket 4711")


async def test_each_user_dismisses_an_announcement_and_an_admin_removes_it(open_browser: OpenBrowser) -> None:
    priya, theo = await open_browser("admin"), await open_browser("desk")
    title = "Carrier maintenance on Sunday"
    await priya.open("/announcements")
    await priya.fill({"Title": title, "Message": "Northwind activations can take an hour longer."})
    await priya.press("Post")
    await theo.open("/")
    await theo.press(f"Dismiss “{title}”")
    await theo.wait_for_path("/")
    await expect(theo.page.get_by_text(title)).to_have_count(0)
    await priya.press(f"Remove {title}")
    await priya.wait_for_text("Removed")
