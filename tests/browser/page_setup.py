"""Steps to the pages that can't be opened by URL alone: parts of sign-in, and forms with input."""

import re
from collections.abc import Awaitable, Callable

import httpx2
from playwright.async_api import FilePayload, expect

from demo.company import SAMPLE_PEOPLE
from demo.company.logins import PASSWORD
from models.db.session import new_id
from tests import factories
from tests.browser.browser_user import BrowserUser, OpenBrowser
from tests.e2e.site import Site, until

PageSetup = Callable[[BrowserUser, OpenBrowser], Awaitable[None]]
ORDER_FORM = "/order/NEW_SERVICE_DEVICE"
IPHONE = "IPHONE-17-256"
RESET_LINK = re.compile(r"/reset/\S+")
NEW_PASSWORD = "cedar-otter-lantern-42"
# The last code of each sample person, because a code works only once.
_used_codes: dict[str, str] = {}


async def submit_password(user: BrowserUser, email: str, password: str = PASSWORD) -> None:
    """Complete the first step of signing in."""
    await user.open("/sign-in")
    await user.fill({"Work email": email, "Password": password})
    await user.press("Continue")
    await user.wait_for_path("/sign-in/*")


async def submit_code(user: BrowserUser, name: str) -> None:
    """Complete the second step of signing in, with a code from the demo's authenticator page."""
    await user.page.get_by_label("Code", exact=True).fill(await _new_code(user, name))
    await user.press("Sign in")


async def _new_code(user: BrowserUser, name: str) -> str:
    """Wait for an unused code, in a tab of its own."""
    tab = await user.context.new_page()
    await tab.goto(f"{user.site.inbox_url}/authenticator")

    async def poll() -> str | None:
        code = await tab.get_by_role("listitem").filter(has_text=name).locator(".code").inner_text()
        return code if code != _used_codes.get(name) else None

    _used_codes[name] = await until(poll)
    await tab.close()
    return _used_codes[name]


async def emailed_reset_link(site: Site, address: str) -> str:
    """The path of the password reset link in the first email to this address that has one."""
    async with httpx2.AsyncClient(base_url=site.inbox_url, trust_env=False) as inbox:

        async def poll() -> str | None:
            listed = (await inbox.get("/api/messages", params={"to": address})).json()
            texts = [(await inbox.get(f"/api/messages/{email['id']}")).json()["text"] for email in listed]
            return next((match[0] for match in map(RESET_LINK.search, texts) if match), None)

        return await until(poll)


async def to_code(user: BrowserUser, _: OpenBrowser) -> None:
    await submit_password(user, "grace.holloway@acme.example.com")


async def to_reset(user: BrowserUser, open_browser: OpenBrowser) -> None:
    """Follow the link in an invitation email."""
    await user.open(await emailed_reset_link(user.site, await _invite(open_browser)))


async def to_enroll(user: BrowserUser, open_browser: OpenBrowser) -> None:
    """Choose a password as an invited person, and sign in with it."""
    address = await _invite(open_browser)
    await user.open(await emailed_reset_link(user.site, address))
    await user.fill({"New password": NEW_PASSWORD, "Confirm new password": NEW_PASSWORD})
    await user.press("Save password")
    await submit_password(user, address, NEW_PASSWORD)


async def to_required_password(user: BrowserUser, open_browser: OpenBrowser) -> None:
    """Sign in after support has reset the password."""
    wendy = await open_browser("support")
    await wendy.open("/people?q=Carl")
    await wendy.follow("Carl Jensen")
    await wendy.follow("Send password reset")
    await wendy.fill({"Reason": "He asked by phone."})
    await wendy.press("Send password reset")
    await wendy.wait_for_text("Password reset sent")
    await submit_password(user, "carl.jensen@acme.example.com")
    await submit_code(user, "Carl Jensen")
    await user.wait_for_path("/sign-in/password*")


async def to_new_authenticator(user: BrowserUser, _: OpenBrowser) -> None:
    await user.open("/profile")
    await user.press("Set up a new authenticator")


async def to_no_show(user: BrowserUser, _: OpenBrowser) -> None:
    """Dana starts today."""
    await user.open(f"/people/{SAMPLE_PEOPLE['manager'].id}/edit")
    await user.fill({"Start date": factories.today().isoformat()})
    await user.press("Save")
    await user.wait_for_text("Changes saved.")


async def open_empty_form(user: BrowserUser) -> None:
    """Open the order form for a phone, without the draft there may be."""
    await user.open(ORDER_FORM)
    if await user.page.get_by_role("button", name="Discard draft").is_visible():
        await discard_draft(user)
        await user.open(ORDER_FORM)


async def discard_draft(user: BrowserUser) -> None:
    """Discard the draft in the open order form."""
    await user.press("Discard draft")
    await user.wait_for_path("/order")


async def to_report(_: BrowserUser, open_browser: OpenBrowser) -> None:
    """A carrier's report that was compared, with lines that differ and cells that can't be read."""
    rows = [
        "account_number,phone_number,plan,features,status",
        "287301190,(630) 555-0100,NW-FLEX-2,NW-CALLFILTER | NW-VISUAL-VM,suspended",
        "287301190,(212) 555-0199,NW-FLEX-2,none,active",
        "287301190,3.1255E+9,NW-FLEX-2,none,active",
    ]
    priya = await open_browser("admin")
    await priya.open("/admin/reconciliation")
    await priya.page.get_by_label("Carrier", exact=True).select_option("northwind")
    report = FilePayload(name="may.csv", mimeType="text/csv", buffer="\n".join(rows).encode())
    await priya.page.get_by_label("CSV file").set_input_files(report)
    await priya.page.get_by_role("button", name="Compare").click()
    await expect(priya.page.get_by_role("heading", name="Differences", exact=True)).to_be_visible()


async def to_form(user: BrowserUser, _: OpenBrowser) -> None:
    """Fill in the order form."""
    await open_empty_form(user)
    await user.fill_order_form(IPHONE)
    await user.wait_for_text("Ready to submit")


async def to_review(user: BrowserUser, open_browser: OpenBrowser) -> None:
    await to_form(user, open_browser)
    await user.press("Continue")
    await user.wait_for_path("/order/*/review")


async def _invite(open_browser: OpenBrowser) -> str:
    """Add a person as support, and return their email address."""
    serial = new_id()[-6:].lower()
    address = f"noa.{serial}@acme.example.com"
    wendy = await open_browser("support")
    await wendy.open("/people/new")
    await wendy.fill({"Name": f"Noa {serial}", "Work email": address, "Employee number": serial})
    await wendy.page.get_by_label("Department").select_option(label="Field Sales (FA-1110)")
    await wendy.press("Add person")
    await wendy.wait_for_text("Invitation sent")
    return address
