"""A refusal that can be corrected, and a question that nobody answers, as people see them."""

from datetime import datetime, timedelta

import pytest

from models.db.order_events import append_outside
from models.db.session import utc_now
from models.errors import CarrierDeclined
from models.events.waiting import BACKORDER_DECISION
from models.lifecycle import ItemState, Status
from models.order import SYSTEM
from tests import factories
from tests.field.open_order import Field

pytestmark = pytest.mark.fault("34")
WRONG_ZIP = CarrierDeclined("Unknown ZIP code.", facts={"code": "SERVICE_ZIP_INVALID"}, needs=("service_zip",))
REQUESTER = f"Person {factories.REQUESTER[-2:]}"


async def refused(field: Field) -> str:
    field.env.carrier.fails["submit"] = [WRONG_ZIP]
    order = await field.order(until=Status.VENDOR_INFO_REQUIRED)
    return order.id


async def test_who_ordered_is_offered_to_correct_it_and_nothing_else_that_is_refused(field: Field) -> None:
    number = await refused(field)
    view = await field.get(f"/api/v1/orders/{number}", REQUESTER)
    assert {"correct", "cancel"} <= set(view["allowed_actions"])
    assert "provide_info" not in view["allowed_actions"]
    assert view["next"]["for_you"] is True
    assert view["next"]["by"] is not None
    assert "You can correct it" in view["next"]["what"]


async def test_the_page_asks_for_what_was_refused_and_takes_it(field: Field) -> None:
    number = await refused(field)
    async with await field.office.client(REQUESTER, factories.TENANT) as client:
        page = await client.get(f"/orders/{number}")
        wrong = await client.post(f"/api/v1/orders/{number}/correct", json={"fields": {"service_zip": "abc"}})
        other = await client.post(f"/api/v1/orders/{number}/correct", json={"fields": {"plan": "PLAN-1"}})
        answer = await client.post(f"/api/v1/orders/{number}/correct", json={"fields": {"service_zip": "60601"}})
        again = await client.post(f"/api/v1/orders/{number}/correct", json={"fields": {"service_zip": "60601"}})
    assert 'name="fields.service_zip"' in page.text
    assert "Correct and send again" in page.text
    assert (wrong.status_code, other.status_code) == (422, 422)
    assert wrong.json()["errors"][0]["field"] == "fields.service_zip"
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    assert again.status_code in {409, 422}


async def test_keeping_waiting_is_offered_once_it_is_asked(field: Field) -> None:
    order = await field.order()
    await field.env.carrier_update(order, ItemState.BACKORDERED)
    await field.env.wait_for_status(order, Status.BACKORDERED)
    path = f"/api/v1/orders/{order.id}"
    assert "keep_waiting" not in (await field.get(path, REQUESTER))["allowed_actions"]
    now = utc_now()
    ends_at = now + timedelta(days=3)
    async with field.env.database.transaction() as session:
        asked = {"ends_at": ends_at.isoformat()}
        await append_outside(session, order.ref, BACKORDER_DECISION, actor=SYSTEM, at=now, data=asked)
    view = await field.get(path, REQUESTER)
    assert "keep_waiting" in view["allowed_actions"]
    assert datetime.fromisoformat(view["next"]["by"]) == ends_at
    assert view["next"]["what"] == "Backordered – keep waiting, or cancel the order?"
