"""How a browser comes to pages that no address alone leads to: signing in, part of the way or all of it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx2

from demo.company.logins import PASSWORD
from models.db.session import new_id
from tests.browser.browser_user import Visitor
from tests.e2e.site import Site, until

SitsDown = Callable[..., Awaitable[Visitor]]
RESET = re.compile(r"/reset/\S+")
FORM = "/order/NEW_SERVICE_DEVICE"
CHOSEN = "cedar-otter-lantern-42"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where everything is, and how others sit down at browsers of their own."""

    site: Site
    sits_down: SitsDown


Way = Callable[[Visitor, Scene], Awaitable[None]]
# What the sample people showed last: no code counts twice.
_used: dict[str, str] = {}


async def give_password(visitor: Visitor, user_name: str, password: str = PASSWORD) -> None:
    """Pass the first step of signing in."""
    await visitor.open("/sign-in")
    await visitor.fill({"Work email": user_name, "Password": password})
    await visitor.press("Continue")
    await visitor.stands_at("/sign-in/*")


async def read_code(visitor: Visitor, site: Site, name: str) -> str:
    """Look at the demo's authenticator, in a tab of its own, till it shows somebody a code they have not used."""
    tab = await visitor.context.new_page()
    await tab.goto(f"{site.inbox_url}/authenticator")

    async def look() -> str | None:
        code = await tab.get_by_role("listitem").filter(has_text=name).locator(".code").inner_text()
        return code if code != _used.get(name) else None

    _used[name] = await until(look)
    await tab.close()
    return _used[name]


async def give_code(visitor: Visitor, site: Site, name: str) -> None:
    """Pass the second step of signing in."""
    await visitor.page.get_by_label("Code", exact=True).fill(await read_code(visitor, site, name))
    await visitor.press("Sign in")


async def mailed(site: Site, address: str, link: re.Pattern[str]) -> str:
    """The first link of a kind that was mailed to somebody."""
    async with httpx2.AsyncClient(base_url=site.inbox_url, trust_env=False) as inbox:

        async def look() -> str | None:
            listed = (await inbox.get("/api/messages", params={"to": address})).json()
            texts = [(await inbox.get(f"/api/messages/{mail['id']}")).json()["text"] for mail in listed]
            return next((found[0] for found in map(link.search, texts) if found), None)

        return await until(look)


async def as_owner(visitor: Visitor, _: Scene) -> None:
    """Stand before the second step."""
    await give_password(visitor, "grace.holloway@acme.example.com")


async def as_invited(visitor: Visitor, scene: Scene) -> None:
    """Stand where the mail leads to that invites somebody new."""
    await visitor.open(await mailed(scene.site, await invite(scene), RESET))


async def as_enrolling(visitor: Visitor, scene: Scene) -> None:
    """Have chosen a password, and stand before an authenticator to be set up."""
    address = await invite(scene)
    await visitor.open(await mailed(scene.site, address, RESET))
    await visitor.fill({"New password": CHOSEN, "Confirm new password": CHOSEN})
    await visitor.press("Save password")
    await give_password(visitor, address, CHOSEN)


async def as_told_to_change(visitor: Visitor, scene: Scene) -> None:
    """Have passed both steps, and stand before a new password that support wants to be chosen."""
    wendy = await scene.sits_down("support")
    await wendy.open("/people?q=Carl")
    await wendy.follow("Carl Jensen")
    await wendy.follow("Send password reset")
    await wendy.fill({"Reason": "He asked on the phone."})
    await wendy.press("Send password reset")
    await wendy.sees("Password reset sent")
    await give_password(visitor, "carl.jensen@acme.example.com")
    await give_code(visitor, scene.site, "Carl Jensen")
    await visitor.stands_at("/sign-in/password*")


async def to_another_factor(visitor: Visitor, _: Scene) -> None:
    """Ask for another authenticator on one's own page."""
    await visitor.open("/profile")
    await visitor.press("Set up a new authenticator")


async def open_new_form(visitor: Visitor) -> None:
    """Open the form of an order for a phone, with nothing in it that was begun before."""
    await visitor.open(FORM)
    if await visitor.page.get_by_role("button", name="Discard it").is_visible():
        await visitor.press("Discard it")
        await visitor.open(FORM)


async def to_form(visitor: Visitor, _: Scene) -> None:
    """Fill in the form of an order."""
    await open_new_form(visitor)
    await visitor.fill_order("IPHONE-17-256")
    await visitor.sees("Everything is answered")


async def to_review(visitor: Visitor, scene: Scene) -> None:
    """Fill in the form of an order, and go on to look at it."""
    await to_form(visitor, scene)
    await visitor.press("Continue")
    await visitor.stands_at("/order/*/review")


async def invite(scene: Scene) -> str:
    """Have support give somebody new access; returns their mail address."""
    serial = new_id()[-6:].lower()
    address = f"noa.{serial}@acme.example.com"
    wendy = await scene.sits_down("support")
    await wendy.open("/people/new")
    await wendy.fill({"Name": f"Noa {serial}", "Work email": address, "Employee number": serial})
    await wendy.page.get_by_label("Department").select_option(label="Field Sales (FA-1110)")
    await wendy.press("Add person")
    await wendy.sees("Invitation sent")
    return address
