"""Finding things, helping orders on, and telling everybody something."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.entry_points import SitsDown
from tests.browser.sample_orders import World

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("spelling", ["{0}{1}{2}", "({0}) {1}-{2}", "{0}.{1}.{2}", "+1 {0} {1} {2}", "1-{0}-{1}-{2}"])
async def test_a_number_is_found_however_it_is_typed(sits_down: SitsDown, world: World, spelling: str) -> None:
    parts = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", world.line)
    assert parts is not None
    jordan = await sits_down("employee")
    await jordan.open("/")
    await jordan.page.get_by_role("searchbox").first.fill(spelling.format(*parts.groups()))
    await jordan.page.keyboard.press("Enter")
    await jordan.stands_at("/search*")
    await jordan.follow("({}) {}-{}".format(*parts.groups()))
    await expect(jordan.page.get_by_role("heading", level=1)).to_contain_text("({}) {}-{}".format(*parts.groups()))


async def test_an_operator_has_a_failed_order_tried_again(sits_down: SitsDown, world: World) -> None:
    priya = await sits_down("admin")
    await priya.open("/admin")
    stuck = priya.page.get_by_role("listitem").filter(has=priya.page.get_by_role("link", name=world.failed))
    await stuck.locator("summary", has_text="Retry").click()
    await stuck.get_by_label("What was fixed?").filter(visible=True).fill("The carrier is back, ticket 4711.")
    await stuck.get_by_role("button", name="Retry").click()
    await priya.sees("Retrying the step.")
    await priya.open(f"/orders/{world.failed}")
    await priya.sees("Awaiting activation")
    await priya.open(f"/admin/orders/{world.failed}?source=order")
    await priya.sees("ticket 4711")


async def test_a_notice_is_read_by_everybody_and_put_away_by_each(sits_down: SitsDown) -> None:
    priya, theo = await sits_down("admin"), await sits_down("desk")
    await priya.open("/announcements")
    await priya.fill(
        {"Title": "Carrier works on Sunday", "Message": "Activations of Northwind may take an hour longer."}
    )
    await priya.press("Post")
    await theo.open("/")
    await theo.press("Dismiss “Carrier works on Sunday”")
    await theo.stands_at("/")
    await expect(theo.page.get_by_text("Carrier works on Sunday")).to_have_count(0)
    await priya.press("Remove Carrier works on Sunday")
    await priya.sees("Removed")
