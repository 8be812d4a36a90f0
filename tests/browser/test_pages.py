"""Every page, light and dark, on a wide screen and on a phone: usable by everybody, and nothing goes wrong on it."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pytest
from fastapi.routing import APIRoute

from api.app import ROOT_MODULES
from tests.browser.accessibility import CONTRAST, EVERYTHING, findings
from tests.browser.conftest import PHONE, WIDE, Opened
from tests.browser.pages import PAGES, Shown

pytestmark = pytest.mark.timeout(300)
# Shown within a page, in place of what was there.
PARTS = {"/orders/{ref}/live"}
Way = tuple[int, Literal["light", "dark"], Mapping[str, Any]]
WAYS: tuple[Way, ...] = (
    (WIDE, "light", EVERYTHING),
    (WIDE, "dark", CONTRAST),
    (PHONE, "light", CONTRAST),
    (PHONE, "dark", EVERYTHING),
)


def _routes() -> Iterator[str]:
    """Every address that may answer with a page."""
    modules = (module for module in ROOT_MODULES if module.__name__.endswith("pages"))
    for route in (route for module in modules for route in module.router.routes):
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            yield route.path


def test_every_page_there_is_is_checked_at() -> None:
    assert {route for shown in PAGES for route in shown.routes if route} | PARTS == set(_routes())


@pytest.mark.parametrize("shown", PAGES, ids=str)
async def test_a_page_can_be_used_by_everybody(opened: Opened, shown: Shown) -> None:
    visitor = await opened(shown)
    wrong: dict[str, list[str]] = {}
    for width, scheme, rules in WAYS:
        await visitor.page.set_viewport_size({"width": width, "height": 800})
        await visitor.page.emulate_media(color_scheme=scheme)
        wrong[f"{width} {scheme}"] = await findings(visitor.page, rules)
        wrong[f"{width} too narrow for"] = await visitor.overflow()
    assert {where: found for where, found in wrong.items() if found} == {}
