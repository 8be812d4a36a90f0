"""Requests that change something only after others: what comes before each, by route, and then the request itself."""

import re
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

import httpx2
import pyotp
from sqlmodel import update

from api.auth.own_credentials import renew_codes
from api.auth.tokens import create_sign_in_link
from demo.company import PASSWORD, SAMPLE_PEOPLE
from models.db.sign_in import logins
from models.db.sign_in.tables import LoginRow
from models.event import Event
from models.events.approval import REJECTED
from models.events.waiting import BACKORDER_DECISION, REFUSED
from models.lifecycle import ItemState, Status
from models.order import ItemSnapshot
from tests.api.attestations.test_attestations import approved_order
from tests.api.orders.test_started_returns import SAID, shipped
from tests.api.signed_out_browser import Portal

JORDAN = SAMPLE_PEOPLE["employee"]
NEW_PASSWORD = {"password": "ocean-ladder-violet-train", "again": "ocean-ladder-violet-train"}
ACCEPTED = {"question": "use_policy", "version": "1"}
FORM = "/order/NEW_SERVICE_DEVICE"
ORDER = {
    "items": "1",
    "items.0.device": "IPHONE-17-256",
    "answers.recurring_charges": "yes",
    "answers.use_policy": "yes",
}

# The path and the form of the request.
Request = tuple[str, Mapping[str, Any]]
Prepare = Callable[[Portal, httpx2.AsyncClient], Awaitable[Request]]


async def _password(_portal: Portal, _client: httpx2.AsyncClient) -> Request:
    return "/sign-in", {"user_name": JORDAN.email, "password": PASSWORD}


async def _code(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await portal.submit_password(client)
    return "/sign-in/code", {"code": portal.code()}


async def _recovery_code(portal: Portal, client: httpx2.AsyncClient) -> Request:
    async with portal.database.transaction() as session:
        person_login = await logins.by_user_name(session, JORDAN.email)
        assert person_login is not None
        code = (await renew_codes(session, person_login))[0]
    await portal.submit_password(client)
    return "/sign-in/recovery", {"code": code}


async def _first_factor(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await _change_logins(portal, factor=None)
    await portal.submit_password(client)
    return "/sign-in/enroll", await _offered(portal, client, "/sign-in/enroll")


async def _required_password(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await _change_logins(portal, must_change=True)
    await portal.sign_in(client)
    return "/sign-in/password", NEW_PASSWORD


async def _development_link(portal: Portal, _client: httpx2.AsyncClient) -> Request:
    async with portal.database.transaction() as session:
        secret = await create_sign_in_link(session, JORDAN.tenant, JORDAN.id, at=portal.clock())
    return f"/sign-in/{secret}", {}


async def _sign_out(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await portal.sign_in(client)
    return "/sign-out", {}


async def _forgotten(_portal: Portal, _client: httpx2.AsyncClient) -> Request:
    return "/forgot", {"user_name": JORDAN.email}


async def _reset(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await client.post("/forgot", data={"user_name": JORDAN.email})
    await client.get(await portal.reset_path())
    return "/reset", NEW_PASSWORD


async def _step_up(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await portal.sign_in(client)
    portal.clock.advance(minutes=2)
    return "/step-up", {"code": portal.code()}


async def _own_password(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await portal.sign_in(client)
    return "/profile/password", {"old": PASSWORD, **NEW_PASSWORD}


async def _next_factor(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await portal.sign_in(client)
    await client.post("/profile/factor")
    return "/profile/factor/confirm", await _offered(portal, client, "/profile/factor")


async def _submit(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await portal.sign_in(client)
    await client.post(FORM, data={**ORDER, "do": "review"})
    review = (await client.get(f"{FORM}/review")).text
    return f"{FORM}/submit", {name: _hidden(review, name) for name in ("draft", "reviewed")}


async def _discard(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await portal.sign_in(client)
    await client.post(FORM, data={**ORDER, "do": "save"})
    return f"{FORM}/discard", {}


async def _again(portal: Portal, client: httpx2.AsyncClient) -> Request:
    order = await portal.order("Jordan")
    await portal.write_event(order, REJECTED, Status.REJECTED)
    await portal.sign_in(client)
    return f"/orders/{order['number']}/again", {}


async def _again_by_api(portal: Portal, client: httpx2.AsyncClient) -> Request:
    path, form = await _again(portal, client)
    return f"/api/v1{path}", form


def _of_order(
    prepare: Callable[[Portal], Awaitable[Mapping[str, Any]]], action: str, body: Mapping[str, Any], *, by_api: bool
) -> Prepare:
    """Jordan's request about an order that is prepared."""

    async def request(portal: Portal, client: httpx2.AsyncClient) -> Request:
        order = await prepare(portal)
        await portal.sign_in(client)
        return f"{'/api/v1' if by_api else ''}/orders/{order['number']}/{action}", body

    return request


async def _refused(portal: Portal) -> Mapping[str, Any]:
    """The carrier doesn't know its ZIP code."""
    return await _with_item(portal, ItemState.REFUSED, Status.VENDOR_INFO_REQUIRED, REFUSED, needs=["service_zip"])


async def _late(portal: Portal) -> Mapping[str, Any]:
    return await _with_item(portal, ItemState.BACKORDERED, Status.BACKORDERED, BACKORDER_DECISION)


async def _with_item(portal: Portal, state: ItemState, status: Status, event: Event, **data: Any) -> Mapping[str, Any]:
    order = await portal.order("Jordan")
    item_id = order["items"][0]["id"]
    items = (ItemSnapshot(item_id=item_id, state=state),)
    await portal.write_event(order, event, status, items=items, item_id=item_id, **data)
    return order


_REQUESTS: tuple[tuple[Callable[[Portal], Awaitable[Mapping[str, Any]]], str, Mapping[str, Any], Any], ...] = (
    (shipped, "start-return", {"answers": SAID}, None),
    (shipped, "report-not-received", {}, {"item": "1"}),
    (_refused, "correct", {"fields": {"service_zip": "60602"}}, {"fields.service_zip": "60602"}),
    (_late, "keep-waiting", {}, {}),
)
# They send something to the workflow of the order, or to that of another one.
ABOUT_ORDERS: Mapping[str, Prepare] = MappingProxyType(
    {
        f"POST {start}/orders/{{ref}}/{action}": _of_order(prepare, action, body, by_api=bool(start))
        for prepare, action, of_api, form in _REQUESTS
        for start, body in (("/api/v1", of_api), ("", form))
        if body is not None
    }
)


async def _accept(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await approved_order(portal)
    await portal.sign_in(client)
    return "/attestations", ACCEPTED


async def _accept_by_api(portal: Portal, client: httpx2.AsyncClient) -> Request:
    await _accept(portal, client)
    return "/api/v1/attestations/accept", {**ACCEPTED, "version": 1}


PREPARED: Mapping[str, Prepare] = MappingProxyType(
    {
        "POST /sign-in": _password,
        "POST /sign-in/code": _code,
        "POST /sign-in/recovery": _recovery_code,
        "POST /sign-in/enroll": _first_factor,
        "POST /sign-in/password": _required_password,
        "POST /sign-in/{secret}": _development_link,
        "POST /sign-out": _sign_out,
        "POST /forgot": _forgotten,
        "POST /reset": _reset,
        "POST /step-up": _step_up,
        "POST /profile/password": _own_password,
        "POST /profile/factor/confirm": _next_factor,
        "POST /order/{code}/submit": _submit,
        "POST /order/{code}/discard": _discard,
        "POST /orders/{ref}/again": _again,
        "POST /api/v1/orders/{ref}/again": _again_by_api,
        **ABOUT_ORDERS,
        "POST /attestations": _accept,
        "POST /api/v1/attestations/accept": _accept_by_api,
    }
)


async def _change_logins(portal: Portal, **values: Any) -> None:
    async with portal.database.transaction() as session:
        await session.exec(update(LoginRow).values(**values))


async def _offered(portal: Portal, client: httpx2.AsyncClient, path: str) -> dict[str, str]:
    """The code of the authenticator that a page offers."""
    secret = (await client.get(path)).text.split("secret=")[1].split("&")[0]
    portal.clock.advance(seconds=30)
    return {"code": pyotp.TOTP(secret).at(portal.clock())}


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]
