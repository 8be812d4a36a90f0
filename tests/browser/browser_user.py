"""A user with a browser, whose pages are watched for faults."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response, expect

from tests.e2e.site import Site, until

TIMEOUT_MS = 30_000
expect.set_options(timeout=TIMEOUT_MS)
# The browser drops event streams and pending requests when it leaves a page.
ABORTED = "net::ERR_ABORTED"
# What the console says about a response with an error status, which `_on_response` reports.
FAILED_RESPONSE = "Failed to load resource"
ABSOLUTE_URL = re.compile(r"https?://[^/]+")


@dataclass
class BrowserUser:
    """`faults` are those of all pages so far, `pressed` the names of the links and buttons pressed."""

    context: BrowserContext
    page: Page
    site: Site
    faults: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    _allowed_statuses: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(TIMEOUT_MS)
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self._add_fault(f"script: {error.error}"))
        self.context.on("requestfailed", self._on_request_failed)
        self.context.on("response", self._on_response)

    def allow_status(self, status: int) -> None:
        """From now on, a response with this error status is not a fault."""
        self._allowed_statuses.add(status)

    async def open(self, url: str) -> None:
        """Go to a path of the product, or to an absolute URL."""
        await self.page.goto(url if ABSOLUTE_URL.match(url) else f"{self.site.api_url}{url}")

    async def follow(self, text: str, hidden: str = "") -> None:
        """Click the first link with this text. `hidden` is the rest of its name, for screen readers."""
        self.pressed.append(text)
        await self.page.get_by_role("link", name=f"{text} {hidden}".strip()).first.click()

    async def press(self, name: str) -> None:
        """Click the button with exactly this name."""
        self.pressed.append(name)
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def fill(self, form: Mapping[str, str]) -> None:
        """Enter texts by the labels of their fields."""
        for label, text in form.items():
            await self.page.get_by_label(label).filter(visible=True).first.fill(text)

    async def fill_order_form(self, device: str) -> None:
        """Fill in the required fields of an order for a phone. Who accepted the policy before is not asked again."""
        await self.page.get_by_role("combobox", name="Device").select_option(device)
        await self.page.get_by_role("checkbox", name="Monthly charges").check()
        if not await self.page.get_by_text("You accepted the acceptable use policy").is_visible():
            await self.page.get_by_role("checkbox", name="Acceptable use").check()

    async def wait_for_text(self, *texts: str) -> None:
        """Wait until each text is visible on the page."""
        for text in texts:
            await expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    async def wait_for_path(self, path: str) -> None:
        """Wait until the page has this path; `*` matches anything."""
        await self.page.wait_for_url(f"{self.site.api_url}{path}")

    async def reload_until(self, text: str | re.Pattern[str]) -> None:
        """Reload the page until it shows the text."""

        async def is_shown() -> bool:
            await self.page.reload()
            return await self.page.get_by_text(text).first.is_visible()

        await until(is_shown)

    async def overflowing_elements(self) -> list[str]:
        """Elements that are wider than the screen, if the page scrolls sideways."""
        found: list[str] = await self.page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? [] :
                [...document.querySelectorAll('main *, header *')]
                    .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
                    .map((part) => `${part.tagName}.${part.className} ${part.textContent.trim().slice(0, 40)}`)
                    .slice(0, 5)"""
        )
        return found

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(FAILED_RESPONSE):
            self._add_fault(f"console: {message.text}")

    def _on_request_failed(self, request: Request) -> None:
        if request.failure != ABORTED:
            self._add_fault(f"request: {request.method} {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._allowed_statuses:
            self._add_fault(f"response: {response.status} {response.request.method} {response.url}")

    def _add_fault(self, fault: str) -> None:
        self.faults.append(f"{self.page.url}: {fault}")


# Opens a browser as the sample person with a role, signed in, or without a role as a signed-out user.
OpenBrowser = Callable[..., Awaitable[BrowserUser]]
