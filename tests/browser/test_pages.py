"""Every page, light and dark, on a desktop screen and on a phone: accessible, and without faults."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pytest
from fastapi.routing import APIRoute
from playwright.async_api import expect

from api.app import ROOT_MODULES
from demo.company import SAMPLE_PEOPLE
from tests.browser.accessibility import ALL_RULES, CONTRAST_ONLY, violations
from tests.browser.browser_user import OpenBrowser
from tests.browser.conftest import DESKTOP_WIDTH, PHONE_WIDTH, OpenPage
from tests.browser.pages import PAGES, PageCase

pytestmark = pytest.mark.timeout(300)
# Parts of a page, fetched by dialtone.js.
FRAGMENT_ROUTES = {"/orders/{ref}/live"}
LINES = 1.5  # less than two lines of text
# Up to this width the navigation is a menu (74rem in dialtone.css).
MENU_WIDTH = 1184
NAMES = [person.name for person in SAMPLE_PEOPLE.values()]
# Replaces these names, wherever a page shows them, by one long word.
LENGTHEN = """(names) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode())
        for (const name of names) texts.currentNode.data = texts.currentNode.data.replaceAll(name, "W".repeat(120));
}"""
View = tuple[int, Literal["light", "dark"], Mapping[str, Any]]
VIEWS: tuple[View, ...] = (
    (DESKTOP_WIDTH, "light", ALL_RULES),
    (DESKTOP_WIDTH, "dark", CONTRAST_ONLY),
    (PHONE_WIDTH, "light", CONTRAST_ONLY),
    (PHONE_WIDTH, "dark", ALL_RULES),
)


def _page_routes() -> Iterator[str]:
    modules = (module for module in ROOT_MODULES if module.__name__.endswith("pages"))
    for route in (route for module in modules for route in module.router.routes):
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            yield route.path


def test_every_page_has_a_case() -> None:
    assert {route for case in PAGES for route in case.routes if route} | FRAGMENT_ROUTES == set(_page_routes())


@pytest.mark.fault("33")
@pytest.mark.parametrize("case", PAGES, ids=str)
async def test_a_page_is_accessible_in_every_view(open_page: OpenPage, case: PageCase) -> None:
    """On a phone, it stays within the screen even if names have 120 unbroken characters."""
    user = await open_page(case)
    problems: dict[str, list[str]] = {}
    for width, color_scheme, rules in VIEWS:
        await user.page.set_viewport_size({"width": width, "height": 800})
        await user.page.emulate_media(color_scheme=color_scheme)
        problems[f"{width} {color_scheme}"] = await violations(user.page, rules)
        problems[f"{width} {color_scheme}, too wide"] = await user.overflowing_elements()
    await user.page.evaluate(LENGTHEN, [*NAMES, *(name.partition(" ")[0] for name in NAMES)])
    problems["long names, too wide"] = await user.overflowing_elements()
    assert {view: found for view, found in problems.items() if found} == {}


async def test_the_longest_navigation_fits_the_narrowest_top_bar(open_browser: OpenBrowser) -> None:
    priya = await open_browser("admin")
    await priya.open("/")
    await priya.page.set_viewport_size({"width": MENU_WIDTH + 1, "height": 800})
    await expect(priya.page.get_by_role("link", name="People")).to_be_visible()
    assert await priya.overflowing_elements() == []
    heights = "(name) => name.offsetHeight / parseFloat(getComputedStyle(name).lineHeight)"
    assert await priya.page.locator(".brand").evaluate(heights) < LINES
