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
from models.events.approval import REJECTED
from models.lifecycle import Status
from tests.api.attestations.test_attestations import approved_order
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
