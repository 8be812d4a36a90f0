"""Accessibility checks by axe-core."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

IMPACTS = {"serious", "critical"}
ALL_RULES: Mapping[str, Any] = MappingProxyType({"resultTypes": ["violations"]})
CONTRAST_ONLY: Mapping[str, Any] = MappingProxyType({**ALL_RULES, "runOnly": ["color-contrast"]})


async def violations(page: Page, rules: Mapping[str, Any]) -> list[str]:
    """The serious and critical violations on the page, one for each element."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    result = await page.evaluate("(options) => axe.run(options)", dict(rules))
    return [
        f"{violation['id']}: {violation['help']}: {node['html']}"
        for violation in result["violations"]
        if violation["impact"] in IMPACTS
        for node in violation["nodes"]
    ]
