"""What keeps people from using a page, by the rules of axe."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

GRAVE = {"serious", "critical"}
EVERYTHING: Mapping[str, Any] = MappingProxyType({"resultTypes": ["violations"]})
# What other colors alone may change.
CONTRAST: Mapping[str, Any] = MappingProxyType({**EVERYTHING, "runOnly": ["color-contrast"]})


async def findings(page: Page, options: Mapping[str, Any]) -> list[str]:
    """What is seriously wrong with the page as it is shown now, piece by piece."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    found = await page.evaluate("(options) => axe.run(options)", dict(options))
    grave = (one for one in found["violations"] if one["impact"] in GRAVE)
    return [f"{one['id']}: {one['help']}: {node['html']}" for one in grave for node in one["nodes"]]
