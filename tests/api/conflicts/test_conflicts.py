"""What a request writes is written although PostgreSQL ends its transactions in favor of others, as in a deadlock.

The first change of every table fails. The requests of the access matrix are in `tests/api/matrix/test_conflicts.py`.
"""

from typing import Any

import pytest
from sqlmodel import update

from models.db.session import Database
from models.db.sign_in.tables import TokenRow
from models.settings import WebhookSecret
from tests.api.approval_links.conftest import FROM_THE_PAGE, NONCE, Pages
from tests.api.carrier_webhooks.test_carrier_webhooks import URL_SECRET, event_of, office_with, signed
from tests.api.conflicts.prepared import ABOUT_ORDERS, PREPARED
from tests.api.conflicts.writing_routes import BY_ROW, LINKS, NOT_REPEATED, WEBHOOKS, WRITING
from tests.api.matrix.rows import DONE
from tests.api.signed_out_browser import Portal
from tests.fixtures.conflicts import Conflicts

pytestmark = [pytest.mark.fault("21"), pytest.mark.usefixtures("many_tries")]


def test_every_writing_route_is_in_one_group() -> None:
    groups = [BY_ROW, PREPARED, NOT_REPEATED, LINKS, WEBHOOKS]
    assert sorted(route for group in groups for route in group) == sorted(WRITING)


@pytest.mark.parametrize("route", sorted(PREPARED))
async def test_a_prepared_request_is_done_with_conflicts(portal: Portal, route: str) -> None:
    conflicts = Conflicts(portal.database.engine)
    await conflicts.install()
    async with portal.new_browser() as client:
        path, form = await PREPARED[route](portal, client)
        await conflicts.begin()
        body: dict[str, Any] = {"json": form} if path.startswith("/api/") else {"data": form}
        answer = await client.post(path, **body)
    assert answer.status_code in DONE, answer.text
    assert await conflicts.met() >= ({"outbox"} if route in ABOUT_ORDERS else set())
    assert await conflicts.met()


@pytest.mark.parametrize("table", ["access_token", "portal_session"])
async def test_the_use_of_a_credential_is_recorded_with_conflicts(portal: Portal, table: str) -> None:
    """A request that only reads records it, too."""
    conflicts = Conflicts(portal.database.engine)
    await conflicts.install()
    client = await (portal.client("Jordan") if table == "access_token" else portal.browser("Jordan"))
    portal.clock.advance(minutes=20)
    async with portal.database.transaction() as session:
        await session.exec(update(TokenRow).values(last_used_at=None))
    await conflicts.begin()
    async with client:
        answer = await client.get("/api/v1/approvals")
    assert answer.status_code in DONE, answer.text
    assert await conflicts.met() == {table}


@pytest.mark.parametrize("route", LINKS)
async def test_an_approval_link_works_with_conflicts(pages: Pages, route: str) -> None:
    conflicts = Conflicts(pages.office.database.engine)
    await conflicts.install()
    await pages.office.request_approval("maria")
    page = await pages.open()
    nonce = NONCE.search(page.text)
    assert nonce is not None
    path = page.url.path + route.partition("}")[2]
    await conflicts.begin()
    form = {"nonce": nonce[1], "decision": "approve"}
    answer = await pages.client.post(path, data=form, headers=FROM_THE_PAGE)
    assert answer.status_code in DONE, answer.text
    assert await conflicts.met() >= {"outbox" if route == LINKS[0] else "notification"}


@pytest.mark.parametrize("route", WEBHOOKS)
async def test_an_event_of_a_carrier_is_received_with_conflicts(company: Database, route: str) -> None:
    at_secret_address = route == WEBHOOKS[1]
    changes = {"webhook_auth": "url", "webhook_secret": WebhookSecret(URL_SECRET)} if at_secret_address else {}
    office = await office_with(company, **changes)
    conflicts = Conflicts(company.engine)
    await conflicts.install()
    body = await event_of(office, await office.order())
    await conflicts.begin()
    path = f"/carriers/northwind/events{f'/{URL_SECRET}' if at_secret_address else ''}"
    async with office.anonymous() as client:
        answer = await client.post(path, content=body, headers={} if at_secret_address else signed(body))
    assert answer.status_code in DONE, answer.text
    assert await conflicts.met() >= {"carrier_event", "outbox"}
