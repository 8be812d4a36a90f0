"""Orders that can follow an order: each is offered only where the server accepts it, and its form is filled in."""

import re
from dataclasses import replace
from typing import Any

import pytest

from api.app import create_app
from models.db.inventory.tables import InventoryChangeRow, LineRow
from models.db.session import Database, utc_now
from models.events.ending import COMPLETED
from models.inventory import LineStatus
from models.lifecycle import ItemState, Status
from models.order import ItemSnapshot
from models.order_type import Alternative
from tests.api.api_client import ApiTenant, Json, RecordingDispatcher, code
from tests.api.conftest import services
from tests.api.next_orders.test_again import HTML, page_of
from tests.api.orders.test_line_orders import SUSPEND, line_of, submit
from workflows.order_type_registry import order_types_by_code

ORDERS = "/api/v1/orders"


async def completed(office: ApiTenant, order: Json) -> Json:
    done = tuple(ItemSnapshot(item_id=item["id"], state=ItemState.DONE) for item in order["items"])
    await office.write_event(order, COMPLETED, Status.COMPLETED, items=done)
    return order


async def new_plan(office: ApiTenant) -> tuple[Json, LineRow]:
    """Aaron's line has got another plan; returns the order, and the line as it was before."""
    line = await line_of(office, "Aaron")
    body: dict[str, Any] = {"type": "PLAN_CHANGE", "answers": {"plan": f"{line.plan[:2]}-FLEX-10"}}
    order = (await submit(office, "Aaron", body, line.id, ORDERS)).json()
    async with office.database.transaction() as session:
        (await session.get_one(LineRow, ("acme", line.id))).plan = f"{line.plan[:2]}-FLEX-10"
    return await completed(office, order), line


async def offered(office: ApiTenant, name: str, order: Json) -> list[tuple[str, str]]:
    async with await office.client(name) as client:
        found = (await client.get(f"{ORDERS}/{order['number']}/next-orders")).json()
    return [(one["cause"], one["type"]) for one in found]


@pytest.mark.fault("34")
async def test_what_an_order_changed_can_be_changed_back(office: ApiTenant) -> None:
    order, before = await new_plan(office)
    async with await office.client("Aaron") as client:
        (found,) = (await client.get(f"{ORDERS}/{order['number']}/next-orders")).json()
    url = f"/order/PLAN_CHANGE?parent={order['number']}&cause=inverse"
    assert found == {"cause": "inverse", "type": "PLAN_CHANGE", "label": "Change back", "url": url}
    page = await page_of(office, "Aaron", f"/orders/{order['number']}")
    assert f'href="{url.replace("&", "&amp;")}">Change back</a>' in page
    form = await page_of(office, "Aaron", url)
    assert re.search(rf'value="{before.plan}" (selected|checked)', form)
    assert f'name="parent" value="{order["number"]}"' in form
    assert 'name="cause" value="inverse"' in form


@pytest.mark.parametrize("change", [{"status": "disconnected"}, {"number": "other"}, {"person_id": "nadia"}])
async def test_nothing_is_offered_for_a_line_that_does_not_allow_it(office: ApiTenant, change: dict[str, str]) -> None:
    """It has ended, another order changes its plan, or it is someone else's by now."""
    order, line = await new_plan(office)
    assert await offered(office, "Aaron", order) == [("inverse", "PLAN_CHANGE")]
    if "number" in change:
        body: dict[str, Any] = {"type": "PLAN_CHANGE", "answers": {"plan": line.plan}}
        assert (await submit(office, "Dana", body, line.id, ORDERS)).status_code == 201
    else:
        values = change | ({"person_id": (await office.row("Nadia")).id} if "person_id" in change else {})
        async with office.database.transaction() as session:
            row = await session.get_one(LineRow, ("acme", line.id))
            for name, value in values.items():
                setattr(row, name, value)
    assert await offered(office, "Aaron", order) == []
    assert "Change back" not in await page_of(office, "Aaron", f"/orders/{order['number']}")


async def test_nothing_is_offered_while_an_order_is_in_progress_or_to_an_auditor(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    order = (await submit(office, "Aaron", SUSPEND, line.id, ORDERS)).json()
    assert await offered(office, "Aaron", order) == []
    order, _ = await new_plan(office)
    assert await offered(office, "Iris", order) == []


async def test_a_line_goes_back_to_the_person_who_had_it(office: ApiTenant) -> None:
    line, aaron, jordan = await line_of(office, "Aaron"), await office.row("Aaron"), await office.row("Jordan")
    body: dict[str, Any] = {"type": "LINE_REASSIGN", "beneficiary_id": jordan.id}
    order = (await submit(office, "Theo", body, line.id, ORDERS)).json()
    async with office.database.transaction() as session:
        row = await session.get_one(LineRow, ("acme", line.id))
        before = {"line": row.model_dump(mode="json", exclude={"tenant", "version"}), "device": None, "sim": None}
        session.add(InventoryChangeRow(
            tenant="acme", order_id=order["id"], item_id=order["items"][0]["id"], kind="apply", line_id=line.id,
            before=before, after={}, at=utc_now(),
        ))  # fmt: skip
        row.person_id = jordan.id
    await completed(office, order)
    async with await office.client("Theo") as client:
        (found,) = (await client.get(f"{ORDERS}/{order['number']}/next-orders")).json()
    assert found["label"] == "Assign back"
    assert aaron.email in await page_of(office, "Theo", found["url"])


async def test_a_line_goes_back_to_the_spare_pool_that_it_came_from(office: ApiTenant) -> None:
    line, jordan = await line_of(office, "Aaron"), await office.row("Jordan")
    body: dict[str, Any] = {"type": "LINE_REASSIGN", "beneficiary_id": jordan.id}
    order = (await submit(office, "Theo", body, line.id, ORDERS)).json()
    async with office.database.transaction() as session:
        row = await session.get_one(LineRow, ("acme", line.id))
        known = row.model_dump(mode="json", exclude={"tenant", "version"}) | {"person_id": None}
        session.add(InventoryChangeRow(
            tenant="acme", order_id=order["id"], item_id=order["items"][0]["id"], kind="apply", line_id=line.id,
            before={"line": known, "device": None, "sim": None}, after={}, at=utc_now(),
        ))  # fmt: skip
        row.person_id = jordan.id
    await completed(office, order)
    async with await office.client("Theo") as client:
        (found,) = (await client.get(f"{ORDERS}/{order['number']}/next-orders")).json()
    page = await page_of(office, "Theo", found["url"])
    assert "<h1>Return to spare pool</h1>" in page
    assert 'name="beneficiary_id"' not in page


async def test_an_order_that_is_refused_says_what_to_order_instead(company: Database) -> None:
    types = dict(order_types_by_code())
    instead = (Alternative("SAME_PLAN", "NEW_SERVICE_DEVICE"),)
    types["PLAN_CHANGE"] = replace(types["PLAN_CHANGE"], alternatives=instead)
    dispatcher = RecordingDispatcher()
    office = ApiTenant(create_app(await services(company, dispatcher, order_types=types)), company, dispatcher)
    line = await line_of(office, "Aaron")
    answer = await submit(office, "Aaron", {"type": "PLAN_CHANGE", "answers": {"plan": line.plan}}, line.id, ORDERS)
    assert code(answer) == (422, "ORDER_REJECTED")
    assert answer.json()["facts"] == {
        "alternative": "NEW_SERVICE_DEVICE",
        "alternative_url": "/order/NEW_SERVICE_DEVICE",
    }
    fields = {"items": "1", "items.0.line": line.id, "items.0.plan": line.plan}
    async with await office.client("Aaron") as client:
        form = (await client.post("/order/PLAN_CHANGE/update", data=fields, headers=HTML)).text
    assert 'You can order this instead: <a href="/order/NEW_SERVICE_DEVICE">New line and device</a>' in form


async def test_a_form_follows_only_an_order_that_its_reader_sees(office: ApiTenant) -> None:
    order, _ = await new_plan(office)
    path, answers = f"/order/PLAN_CHANGE?parent={order['number']}", {}
    for name in ("Aaron", "Jordan"):
        async with await office.client(name) as client:
            answers[name] = await client.get(path, headers=HTML)
    assert {name: answer.status_code for name, answer in answers.items()} == {"Aaron": 200, "Jordan": 422}
    assert f"No order matches &#34;{order['number']}&#34;." in answers["Jordan"].text


@pytest.mark.parametrize(
    ("status", "label"), [(LineStatus.SUSPENDED, "Resume line"), (LineStatus.DISCONNECTED, "Reconnect line")]
)
async def test_a_disconnected_line_is_reconnected_and_a_suspended_one_resumed(
    office: ApiTenant, status: LineStatus, label: str
) -> None:
    line = await line_of(office, "Aaron")
    body: dict[str, Any] = {"type": "SERVICE_SUSPEND", "answers": {"suspend_reason": "vacation"}}
    order = await completed(office, (await submit(office, "Aaron", body, line.id, ORDERS)).json())
    async with office.database.transaction() as session:
        (await session.get_one(LineRow, ("acme", line.id))).status = status
    page = await page_of(office, "Aaron", f"/orders/{order['number']}")
    assert re.search(rf'href="/order/SERVICE_RESUME[^"]*">{label}</a>', page)
    assert f"<strong>{label}</strong>" in await page_of(office, "Aaron", f"/lines/{line.id}")
    assert f"<h1>{label}</h1>" in await page_of(office, "Aaron", f"/order/SERVICE_RESUME?line={line.id}")


async def test_the_page_of_an_ended_order_evaluates_it_once(office: ApiTenant) -> None:
    """Also if what is copied must be left out, for which the new draft is evaluated anew."""
    order, _ = await new_plan(office)
    async with await office.client("Aaron") as client, office.statements() as seen:
        assert "Order again" in (await client.get(f"/orders/{order['number']}", headers=HTML)).text
    catalog = [one for one in seen if "ORDER BY product.kind" in one]
    assert len(catalog) == 1, catalog
    assert len(seen) <= 24, seen
