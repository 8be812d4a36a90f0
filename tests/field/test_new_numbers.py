"""A line that the carrier has reconnected with another number, as its user sees it."""

import pytest

from models.lifecycle import ItemState, Status
from models.order import Identifiers
from tests import factories
from tests.field.open_order import Field
from workflows.order_type_registry import order_type

REQUESTER = f"Person {factories.REQUESTER[-2:]}"


@pytest.mark.fault("34")
async def test_the_page_asks_the_user_to_accept_the_number_and_takes_that(field: Field) -> None:
    resume = order_type("SERVICE_RESUME")
    order = await field.env.start_new(resume, answers={"resume_from": "disconnected"}, until=Status.IN_FULFILLMENT)
    await field.env.carrier_update(order, ItemState.DONE, identifiers=Identifiers(mdn="+13125550199"))
    await field.env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    path = f"/api/v1/orders/{order.id}"
    view = await field.get(path, REQUESTER)
    async with await field.office.client(REQUESTER, factories.TENANT) as client:
        page = (await client.get(f"/orders/{order.id}", headers={"Accept": "text/html"})).text
        wrong = await client.post(f"{path}/info", json={"fields": {"accept_new_number": False}})
        answer = await client.post(f"{path}/info", json={"fields": {"accept_new_number": True}})
    assert view["next"]["for_you"] is True
    assert view["next"]["what"].endswith("couldn't recover the line's number. Accept the new one")
    assert view["next"]["by"] is not None
    assert view["items"][0]["mdn"] == "+13125550199"
    assert "provide_info" in view["allowed_actions"]
    assert 'name="fields.accept_new_number"' in page
    assert wrong.status_code == 422
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    await field.env.wait_for_status(order, Status.COMPLETED)
