"""Somebody at a browser of their own, to whom nothing that goes wrong on a page goes unnoticed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response, expect

from tests.e2e.site import until

# A machine that runs other tests as well takes its time.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
# A stream is cut off, and an answer no longer wanted given up, when the page is left: nothing went wrong.
LEFT = "net::ERR_ABORTED"
# Every refusal is counted by its answer; what the console says of it says nothing more.
ANSWERED = "Failed to load resource"
OPENS = re.compile(r"https?://[^/]+")


@dataclass
class Visitor:
    """One person with one browser: a page to look at, the faults of all pages seen so far, and what was pressed."""

    context: BrowserContext
    page: Page
    url: str
    faults: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    _refusals: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE)
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self._found(f"script: {error.error}"))
        self.context.on("requestfailed", self._failed)
        self.context.on("response", self._answered)

    def expects(self, *statuses: int) -> None:
        """From now on pages may be refused with these."""
        self._refusals.update(statuses)

    async def open(self, path: str) -> None:
        """Go to a page of Dialtone, or to any other address."""
        await self.page.goto(path if OPENS.match(path) else f"{self.url}{path}")

    async def follow(self, name: str) -> None:
        """Click on the first link of this name."""
        self.pressed.append(name)
        await self.page.get_by_role("link", name=name).first.click()

    async def fill(self, form: Mapping[str, str]) -> None:
        """Type into fields, by their labels."""
        for label, text in form.items():
            await self.page.get_by_label(label).filter(visible=True).first.fill(text)

    async def fill_order(self, device: str) -> None:
        """Answer what an order for a phone asks."""
        await self.page.get_by_role("combobox", name="Device").select_option(device)
        for consent in ("Monthly charges", "Acceptable use"):
            await self.page.get_by_role("checkbox", name=consent).check()

    async def press(self, name: str) -> None:
        """Click on the button of this name."""
        self.pressed.append(name)
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def unfold(self, name: str) -> None:
        """Open what is folded away under this name."""
        await self.page.locator("summary", has_text=name).first.click()

    async def sees(self, *texts: str) -> None:
        """Wait until each of these stands somewhere on the page."""
        for text in texts:
            await expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    async def stands_at(self, path: str) -> None:
        """Wait until the browser shows this address; `*` stands for anything."""
        await self.page.wait_for_url(f"{self.url}{path}")

    async def reload_until(self, text: str) -> None:
        """Load the page again and again till it says this, as one does without scripts."""

        async def look() -> bool:
            await self.page.reload()
            return await self.page.get_by_text(text).first.is_visible()

        await until(look)

    async def overflow(self) -> list[str]:
        """What is wider than the screen, where the page can be scrolled sideways."""
        wide: list[str] = await self.page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? [] :
                [...document.querySelectorAll('main *, header *')]
                    .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
                    .map((part) => `${part.tagName}.${part.className} ${part.textContent.trim().slice(0, 40)}`)
                    .slice(0, 5)"""
        )
        return wide

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(ANSWERED):
            self._found(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT:
            self._found(f"request: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._refusals:
            self._found(f"answer: {response.status} {response.request.method} {response.url}")

    def _found(self, fault: str) -> None:
        self.faults.append(f"{self.page.url}: {fault}")
