"""The banner about a change that is about to be made to a person's line."""

import re
from dataclasses import replace
from typing import Any

import pytest

from api.deps import Services
from models.db import tenant_context
from models.db.orders import drafts
from models.db.people import lookup
from models.db.session import utc_now
from models.event import Event
from models.events.ending import CANCELED, COMPLETED
from models.events.protection import HOLDER_NOTIFIED
from models.lifecycle import Status
from tests.api.api_client import ApiTenant, Json
from tests.api.http.test_layout import HTML, page
from tests.api.orders.test_line_orders import SUSPEND, line_of, submit

NUMBER = "+13125550142"
NOTICE = "The SIM of {lines} is about to be replaced."


@pytest.fixture
async def order(office: ApiTenant) -> Json:
    """Dana's order that suspends Aaron's line, of a type with a notice."""
    services: Services = office.app.state.services
    kind = services.order_types["SERVICE_SUSPEND"]
    noticed = replace(kind, texts=replace(kind.texts, notice=NOTICE))
    office.app.state.services = replace(services, order_types={**services.order_types, kind.code: noticed})
    number = (await line_of(office, "Aaron")).mdn
    placed: dict[str, Any] = (await submit(office, "Dana", SUSPEND, number, "/api/v1/orders")).json()
    return placed


async def notify(office: ApiTenant, order: Json, *names: str, seen: tuple[str, ...] = (NUMBER,)) -> None:
    notified = {(await office.row(name)).id: [*seen] for name in names}
    await office.write_event(order, HOLDER_NOTIFIED, Status.APPROVED, notified=notified)


async def banner(office: ApiTenant, name: str, path: str = "/") -> str:
    """The words of the banner on a page; empty if there is none."""
    found = re.findall(
        r'<aside class="banner tone-stop" aria-label="Security notices">(.*?)</aside>',
        await page(office, name, path),
        re.DOTALL,
    )
    return " ".join(re.sub(r"<[^>]+>", "", "".join(found)).split())


@pytest.mark.parametrize("path", ["/", "/lines", "/order", "/devices", "/announcements"])
async def test_every_page_says_what_is_about_to_change_and_who_ordered_it(
    office: ApiTenant, order: Json, path: str
) -> None:
    assert await banner(office, "Aaron", path) == ""
    await notify(office, order, "Aaron")
    assert await banner(office, "Aaron", path) == (
        "Security notice: The SIM of (312) 555-0142 is about to be replaced. "
        f"Ordered by Dana Ortiz, order {order['number']}. Didn't expect this? Contact your telecom team now."
    )


async def test_the_banner_leads_to_the_order(office: ApiTenant, order: Json) -> None:
    await notify(office, order, "Aaron")
    path = f"/orders/{order['number']}"
    assert f'<a href="{path}">order {order["number"]}</a>' in await page(office, "Aaron")
    assert await banner(office, "Aaron", path) != ""


async def test_other_people_see_no_banner(office: ApiTenant, order: Json) -> None:
    await notify(office, order, "Aaron")
    assert [await banner(office, name) for name in ("Dana", "Jordan", "Priya")] == ["", "", ""]


async def test_it_names_all_lines_and_says_you_to_the_requester(office: ApiTenant, order: Json) -> None:
    await notify(office, order, "Dana", seen=(NUMBER, "+13125550143"))
    shown = await banner(office, "Dana")
    assert "The SIM of (312) 555-0142 and (312) 555-0143 is about to be replaced. Ordered by you, " in shown


async def test_there_is_one_banner_for_each_order(office: ApiTenant, order: Json) -> None:
    number = (await line_of(office, "Denise")).mdn
    other = (await submit(office, "Dana", SUSPEND, number, "/api/v1/orders")).json()
    for one in (order, other):
        await notify(office, one, "Aaron")
    shown = await banner(office, "Aaron")
    assert shown.index(other["number"]) < shown.index(order["number"])


@pytest.mark.parametrize("ending", [CANCELED, COMPLETED])
async def test_it_disappears_when_the_order_has_ended(office: ApiTenant, order: Json, ending: Event) -> None:
    await notify(office, order, "Aaron")
    await office.write_event(order, ending, Status(ending.code.upper()))
    assert await banner(office, "Aaron") == ""


async def test_it_takes_no_statement_of_its_own(office: ApiTenant, order: Json) -> None:
    counts = []
    for _ in range(2):
        async with await office.client("Aaron") as client, office.statements() as seen:
            await client.get("/announcements", headers=HTML)
        counts.append(len(seen))
        await notify(office, order, "Aaron")
    assert counts[0] == counts[1]


async def test_drafts_do_not_repeat_it(office: ApiTenant, order: Json) -> None:
    await notify(office, order, "Aaron")
    aaron = await office.row("Aaron")
    async with office.database.transaction() as session:
        for kind in ("NEW_SERVICE_DEVICE", "SERVICE_SUSPEND"):
            await drafts.save(session, lookup.person(aaron), kind, {}, utc_now())
    assert (await banner(office, "Aaron")).count("Security notice") == 1


MANY_EVENTS = """
    INSERT INTO order_event (tenant, order_id, seq, at, event, status, actor_kind, actor_id, actor_name, channel, data)
    SELECT tenant, order_id, 10000 * seq + n, at, event, status, actor_kind, actor_id, actor_name, channel, data
    FROM order_event, generate_series(1, 5000) AS n
    WHERE event <> 'holder_notified'
"""


async def test_the_database_finds_notices_by_their_index(office: ApiTenant, order: Json) -> None:
    """Also by a plan that is made without knowing the parameters, as for a statement that is sent often."""
    await notify(office, order, "Aaron")
    person = lookup.person(await office.row("Aaron"))
    async with office.statements() as seen, office.database.transaction() as session:
        await tenant_context.load(session, person, utc_now())
    parameters = ", ".join("NULL" for _ in set(re.findall(r"\$\d+", seen[-1])))
    async with office.database.engine.connect() as connection:
        for prepare in (
            *("BEGIN", MANY_EVENTS, "ANALYZE order_event", "SET LOCAL plan_cache_mode = force_generic_plan"),
            f"PREPARE frame AS {seen[-1]}",
        ):
            await connection.exec_driver_sql(prepare)
        plan = (await connection.exec_driver_sql(f"EXPLAIN EXECUTE frame({parameters})")).scalars().all()
        await connection.exec_driver_sql("ROLLBACK")
    assert any("order_event_notified" in line for line in plan), plan
