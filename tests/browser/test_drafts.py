"""Orders that are not sent yet: kept, found again, given up, and never sent twice by the back button."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.browser.browser_user import Visitor
from tests.browser.entry_points import FORM, SitsDown, open_new_form
from tests.browser.test_first_order import IPHONE, NUMBER, ordered

pytestmark = pytest.mark.timeout(300)


async def orders_of(visitor: Visitor) -> list[str]:
    """The numbers of all orders somebody sees."""
    await visitor.open("/orders")
    return NUMBER.findall(await visitor.page.locator("main").inner_text())


async def discard(visitor: Visitor) -> None:
    """Give up what was begun."""
    await visitor.open(FORM)
    await visitor.press("Discard it")
    await visitor.stands_at("/order")


async def test_price_and_approval_appear_as_one_fills_the_form_in(sits_down: SitsDown) -> None:
    dana = await sits_down("manager")
    await open_new_form(dana)
    outlook = dana.page.get_by_role("complementary", name="What it would be")
    await expect(outlook).to_contain_text("questions are still open")
    await dana.fill_order(IPHONE)
    await expect(outlook).to_contain_text("$65.00")
    await expect(outlook).to_contain_text("Marcus Webb")
    await expect(outlook).to_contain_text("Everything is answered")
    await discard(dana)


async def test_what_was_begun_is_kept_and_told_on_every_page_until_it_is_given_up(sits_down: SitsDown) -> None:
    dana, elsewhere = await sits_down("manager"), await sits_down("manager")
    await open_new_form(dana)
    await dana.fill_order(IPHONE)
    await dana.sees("Everything is answered")
    await elsewhere.open("/lines")
    await elsewhere.sees("Order in progress")
    await elsewhere.page.get_by_role("complementary", name="Orders in progress").get_by_role("link").click()
    await elsewhere.sees("You began this order")
    await expect(elsewhere.page.get_by_role("combobox", name="Device")).to_have_value(IPHONE)
    await elsewhere.press("Discard it")
    await elsewhere.stands_at("/order")
    await elsewhere.open("/lines")
    await expect(elsewhere.page.get_by_text("Order in progress")).to_have_count(0)
    await elsewhere.open(FORM)
    await expect(elsewhere.page.get_by_role("combobox", name="Device")).to_have_value("")


async def test_going_back_after_sending_sends_nothing_again(sits_down: SitsDown) -> None:
    peter = await sits_down("branch-owner")
    await peter.open("/")
    number = await ordered(peter, approver="Lena Fischer")
    before = await orders_of(peter)
    await peter.page.go_back()
    await peter.page.go_back()
    await peter.page.go_back()
    await expect(peter.page.get_by_text("Order in progress")).to_have_count(0)
    assert await orders_of(peter) == before
    assert before.count(number) == 1


async def test_the_button_pressed_twice_makes_one_order(sits_down: SitsDown) -> None:
    peter = await sits_down("branch-owner")
    before = await orders_of(peter)
    await open_new_form(peter)
    await peter.fill_order(IPHONE)
    await peter.press("Continue")
    await peter.sees("Is this what you want to order?")
    await peter.page.get_by_role("button", name="Send the order").dblclick()
    await peter.stands_at("/orders/*")
    after = await orders_of(peter)
    assert len(set(after) - set(before)) == 1


async def test_what_is_missing_is_said_where_it_is_missing(sits_down: SitsDown) -> None:
    dana = await sits_down("manager")
    await open_new_form(dana)
    await dana.press("Continue")
    await dana.sees("There are problems")
    await expect(dana.page.get_by_role("combobox", name="Device")).to_have_attribute("aria-invalid", "true")
    await discard(dana)


async def test_a_button_pressed_while_the_form_is_still_reckoned_has_the_last_word(sits_down: SitsDown) -> None:
    dana = await sits_down("manager")
    await open_new_form(dana)
    await dana.fill_order(IPHONE)
    await dana.sees("Everything is answered")

    async def slowly(route: Route) -> None:
        await asyncio.sleep(1)
        await route.continue_()

    await dana.page.route(f"**{FORM}", slowly)
    await dana.page.get_by_role("textbox", name="Reason").fill("For two of us.")
    await dana.press("Add another line")
    await expect(dana.page.get_by_role("heading", name="Line 2")).to_be_visible()
    await dana.page.unroute(f"**{FORM}", slowly)
    await dana.page.reload()
    await expect(dana.page.get_by_role("heading", name="Line 2")).to_be_visible()
    await discard(dana)
