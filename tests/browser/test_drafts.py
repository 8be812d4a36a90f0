"""Drafts of orders: saved, resumed and discarded, and submitted only once."""

import asyncio

import pytest
from playwright.async_api import Locator, Route, expect

from tests.browser.browser_user import BrowserUser, OpenBrowser
from tests.browser.page_setup import IPHONE, ORDER_FORM, discard_draft, open_empty_form, to_form
from tests.browser.test_first_order import ORDER_NUMBER, place_order

pytestmark = pytest.mark.timeout(300)


async def order_numbers(user: BrowserUser) -> list[str]:
    """All order numbers on the user's orders page."""
    await user.open("/orders")
    return ORDER_NUMBER.findall(await user.page.locator("main").inner_text())


def order_summary(user: BrowserUser) -> Locator:
    return user.page.get_by_role("complementary", name="Order summary")


async def test_price_and_approval_appear_as_the_form_is_filled_in(open_browser: OpenBrowser) -> None:
    dana = await open_browser("manager")
    await open_empty_form(dana)
    await expect(order_summary(dana)).to_contain_text("required fields left")
    await dana.fill_order_form(IPHONE)
    await expect(order_summary(dana)).to_contain_text("$65.00")
    await expect(order_summary(dana)).to_contain_text("Marcus Webb")
    await expect(order_summary(dana)).to_contain_text("Ready to submit")
    await discard_draft(dana)


async def test_a_draft_is_offered_on_every_page_until_it_is_discarded(open_browser: OpenBrowser) -> None:
    dana, elsewhere = await open_browser("manager"), await open_browser("manager")
    await to_form(dana, open_browser)
    await elsewhere.open("/lines")
    await elsewhere.wait_for_text("Draft: New line and device")
    await elsewhere.page.get_by_role("complementary", name="Drafts").get_by_role("link", name="Resume").click()
    await elsewhere.wait_for_text("Saved automatically.")
    await expect(elsewhere.page.get_by_role("combobox", name="Device")).to_have_value(IPHONE)
    await discard_draft(elsewhere)
    await elsewhere.open("/lines")
    await expect(elsewhere.page.get_by_text("Draft:")).to_have_count(0)
    await elsewhere.open(ORDER_FORM)
    await expect(elsewhere.page.get_by_role("combobox", name="Device")).to_have_value("")


async def test_going_back_after_submitting_submits_nothing_again(open_browser: OpenBrowser) -> None:
    peter = await open_browser("branch-owner")
    await peter.open("/")
    number = await place_order(peter, approver="Lena Fischer")
    before = await order_numbers(peter)
    await peter.page.go_back()
    await peter.page.go_back()
    await peter.page.go_back()
    await expect(peter.page.get_by_text("Draft:")).to_have_count(0)
    assert await order_numbers(peter) == before
    assert before.count(number) == 1


async def test_a_double_click_submits_one_order(open_browser: OpenBrowser) -> None:
    peter = await open_browser("branch-owner")
    before = await order_numbers(peter)
    await open_empty_form(peter)
    await peter.fill_order_form(IPHONE)
    await peter.press("Continue")
    await peter.wait_for_text("Review your order")
    await peter.page.get_by_role("button", name="Submit order").dblclick()
    await peter.wait_for_path("/orders/*")
    after = await order_numbers(peter)
    assert len(set(after) - set(before)) == 1


async def test_a_missing_field_has_an_error(open_browser: OpenBrowser) -> None:
    dana = await open_browser("manager")
    await open_empty_form(dana)
    await dana.press("Continue")
    await dana.wait_for_text("Fix these problems:")
    await expect(dana.page.get_by_role("combobox", name="Device")).to_have_attribute("aria-invalid", "true")
    await discard_draft(dana)


async def test_a_button_wins_over_an_update_of_the_form_in_progress(open_browser: OpenBrowser) -> None:
    dana = await open_browser("manager")
    await to_form(dana, open_browser)

    async def delay(route: Route) -> None:
        await asyncio.sleep(1)
        await route.continue_()

    await dana.page.route(f"**{ORDER_FORM}", delay)
    await dana.page.get_by_role("textbox", name="Business reason").fill("For two of us.")
    await dana.press("Add another line")
    await expect(dana.page.get_by_role("heading", name="Line 2")).to_be_visible()
    await dana.page.unroute(f"**{ORDER_FORM}", delay)
    await dana.page.reload()
    await expect(dana.page.get_by_role("heading", name="Line 2")).to_be_visible()
    await discard_draft(dana)
