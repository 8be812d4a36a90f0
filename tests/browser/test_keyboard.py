"""Pages without a mouse: every way in and through them is open to the keyboard, and one sees where one is."""

import pytest
from playwright.async_api import expect

from tests.browser.browser_user import Visitor
from tests.browser.entry_points import SitsDown, open_new_form
from tests.browser.sample_orders import World

pytestmark = pytest.mark.timeout(300)
CONSENTS = {"Monthly charges": "1 question is still open", "Acceptable use": "Everything is answered"}
# What has the focus: its name, whether it lies within the content, and whether one sees that it has it.
FOCUSED = """() => {
    const it = document.activeElement, look = getComputedStyle(it), around = it.closest('.choice');
    const ringed = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    const box = it.getBoundingClientRect();
    return {
        name: (it.labels?.[0] ?? it).textContent.trim().replace(/\\s+/g, ' ').slice(0, 60),
        seen: (ringed(look) || (around !== null && ringed(getComputedStyle(around)))) && box.top >= 0 && box.height > 0,
    };
}"""


async def _tab(visitor: Visitor, times: int) -> list[dict[str, object]]:
    """Press the tab key, and tell where it led each time."""
    stops = []
    for _ in range(times):
        await visitor.page.keyboard.press("Tab")
        stops.append(await visitor.page.evaluate(FOCUSED))
    return stops


async def test_the_first_key_offers_to_skip_the_navigation_and_enter_does(sits_down: SitsDown) -> None:
    jordan = await sits_down("employee")
    await jordan.open("/lines")
    (skip,) = await _tab(jordan, 1)
    assert skip == {"name": "Skip to the content", "seen": True}
    await jordan.page.keyboard.press("Enter")
    await expect(jordan.page.locator("main")).to_be_focused()
    (first,) = await _tab(jordan, 1)
    assert first["name"] == "All"


async def test_the_top_bar_is_gone_through_in_reading_order_and_every_stop_is_seen(sits_down: SitsDown) -> None:
    priya = await sits_down("admin")
    await priya.open("/announcements")
    places = await priya.page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()
    stops = await _tab(priya, 4 + len(places))
    assert [stop["name"] for stop in stops[1:-2]] == ["Dialtone", *places]
    assert [stop["name"] for stop in stops if not stop["seen"]] == []


async def test_the_menu_of_the_person_opens_by_keyboard(sits_down: SitsDown) -> None:
    jordan = await sits_down("employee")
    await jordan.open("/")
    await jordan.page.locator("#menu-person > summary").focus()
    await jordan.page.keyboard.press("Enter")
    (first,) = await _tab(jordan, 1)
    assert first == {"name": await jordan.page.locator("#menu-person a").first.inner_text(), "seen": True}


async def test_a_decision_can_be_typed(sits_down: SitsDown, world: World) -> None:
    dana = await sits_down("manager")
    await dana.open(f"/inbox/{world.approval}")
    await dana.page.get_by_label("Comment").first.focus()
    stops = await _tab(dana, 3)
    assert [stop["name"] for stop in stops] == ["Approve", "Reject instead", "Ask a question first"]
    assert all(stop["seen"] for stop in stops)


async def test_an_order_can_be_filled_in_and_one_never_loses_ones_place(sits_down: SitsDown) -> None:
    dana = await sits_down("manager")
    await open_new_form(dana)
    await dana.page.get_by_role("combobox", name="Device").focus()
    await dana.page.keyboard.type("iPhone 17 256")
    outlook = dana.page.get_by_role("complementary", name="What it would be")
    await expect(outlook).to_contain_text("2 questions are still open")
    assert (await dana.page.evaluate(FOCUSED))["name"] == "Device"
    for consent, told in CONSENTS.items():
        box = dana.page.get_by_role("checkbox", name=consent)
        await box.focus()
        await dana.page.keyboard.press("Space")
        await expect(outlook).to_contain_text(told)
        await expect(box).to_be_focused()
    stops = await _tab(dana, 7)
    assert [stop["name"] for stop in stops if not stop["seen"]] == []
    assert stops[-1]["name"] == "Continue"
    await dana.press("Discard it")
