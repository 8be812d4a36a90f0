"""Pages by keyboard alone: everything can be reached, and the focus is visible."""

import pytest
from playwright.async_api import expect

from tests.browser.browser_user import BrowserUser, OpenBrowser
from tests.browser.page_setup import discard_draft, open_empty_form
from tests.browser.sample_orders import SampleOrders

pytestmark = pytest.mark.timeout(300)
# The two consents, each with the form's status after it is checked.
CONSENTS = {"Monthly charges": "1 required field left", "Acceptable use": "Ready to submit"}
# The label or text of the focused element, and whether its focus is visible on the screen.
FOCUSED_ELEMENT = """() => {
    const element = document.activeElement, choice = element.closest('.choice');
    const box = element.getBoundingClientRect();
    const hasOutline = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    const outlined = [element, choice].some((part) => part !== null && hasOutline(getComputedStyle(part)));
    return {
        name: (element.labels?.[0] ?? element).textContent.trim().replace(/\\s+/g, ' ').slice(0, 60),
        visible: outlined && box.top >= 0 && box.height > 0,
    };
}"""


async def _tab(user: BrowserUser, times: int) -> list[dict[str, object]]:
    """Press the tab key, and return the focused element each time."""
    focused = []
    for _ in range(times):
        await user.page.keyboard.press("Tab")
        focused.append(await user.page.evaluate(FOCUSED_ELEMENT))
    return focused


async def test_the_first_tab_stop_skips_the_navigation(open_browser: OpenBrowser) -> None:
    jordan = await open_browser("employee")
    await jordan.open("/lines")
    (skip_link,) = await _tab(jordan, 1)
    assert skip_link == {"name": "Skip to main content", "visible": True}
    await jordan.page.keyboard.press("Enter")
    await expect(jordan.page.locator("main")).to_be_focused()
    (first,) = await _tab(jordan, 1)
    assert first["name"] == "Download CSV"


async def test_the_top_bar_has_visible_focus_in_reading_order(open_browser: OpenBrowser) -> None:
    priya = await open_browser("admin")
    await priya.open("/announcements")
    links = await priya.page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()
    focused = await _tab(priya, 4 + len(links))
    assert [element["name"] for element in focused[1:-2]] == ["Dialtone", *links]
    assert [element["name"] for element in focused if not element["visible"]] == []


async def test_the_user_menu_opens_by_keyboard(open_browser: OpenBrowser) -> None:
    jordan = await open_browser("employee")
    await jordan.open("/")
    await jordan.page.locator("#menu-person > summary").focus()
    await jordan.page.keyboard.press("Enter")
    (first,) = await _tab(jordan, 1)
    assert first == {"name": await jordan.page.locator("#menu-person a").first.inner_text(), "visible": True}


async def test_an_approver_decides_by_keyboard(open_browser: OpenBrowser, sample_orders: SampleOrders) -> None:
    dana = await open_browser("manager")
    await dana.open(f"/approvals/{sample_orders.approval}")
    await dana.page.get_by_label("Comment").first.focus()
    focused = await _tab(dana, 3)
    assert [element["name"] for element in focused] == ["Approve", "Reject", "Ask for more info"]
    assert all(element["visible"] for element in focused)


async def test_the_order_form_keeps_the_focus_while_it_updates(open_browser: OpenBrowser) -> None:
    dana = await open_browser("manager")
    await open_empty_form(dana)
    await dana.page.get_by_role("combobox", name="Device").focus()
    await dana.page.keyboard.type("iPhone 17 256")
    summary = dana.page.get_by_role("complementary", name="Order summary")
    await expect(summary).to_contain_text("2 required fields left")
    assert (await dana.page.evaluate(FOCUSED_ELEMENT))["name"] == "Device"
    for consent, status in CONSENTS.items():
        checkbox = dana.page.get_by_role("checkbox", name=consent)
        await checkbox.focus()
        await dana.page.keyboard.press("Space")
        await expect(summary).to_contain_text(status)
        await expect(checkbox).to_be_focused()
    focused = await _tab(dana, 8)
    assert [element["name"] for element in focused if not element["visible"]] == []
    assert focused[-1]["name"] == "Continue"
    await discard_draft(dana)
