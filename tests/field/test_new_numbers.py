"""A line that the carrier has reconnected with another number, as its user sees it."""

import pytest

from models.db.orders.tables import EventRow
from models.lifecycle import ItemState, Status
from models.order import Identifiers
from tests import factories
from tests.field.open_order import Field
from workflows.order_type_registry import order_type

ADMIN = f"Person {factories.ADMIN[-2:]}"
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
    assert "<summary>Accept the new number</summary>" in page
    assert "If not, say why" in page
    assert "Send information to the carrier" not in page
    assert wrong.status_code == 422
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    await field.env.wait_for_status(order, Status.COMPLETED)


async def test_the_page_asks_about_each_number_and_takes_what_someone_accepts_for_the_user(field: Field) -> None:
    resume = order_type("SERVICE_RESUME")
    answers = {"resume_from": "disconnected"}
    order = await field.env.start_new(resume, answers=answers, items=2, until=Status.IN_FULFILLMENT)
    for item, number in ((1, "+13125550199"), (2, "+13125550198")):
        await field.env.carrier_update(order, ItemState.DONE, item=item, identifiers=Identifiers(mdn=number))
    await field.env.until(order, lambda: field.env.events(order), lambda events: events.count("new_number") == 2)
    path, accepted = f"/api/v1/orders/{order.id}/info", {"accept_new_number": True}
    async with await field.office.client(REQUESTER, factories.TENANT) as client:
        page = (await client.get(f"/orders/{order.id}", headers={"Accept": "text/html"})).text
        unclear = await client.post(path, json={"fields": accepted})
        absent = await client.post(path, json={"fields": accepted, "item": 3})
        form = {"item": "1", "fields.accept_new_number": "yes", "key": "accept-1"}
        taken = await client.post(f"/orders/{order.id}/answer", data=form, headers={"Accept": "text/html"})
        await field.env.until(order, lambda: field.env.item_states(order), lambda states: states[0] == "done")
        view = (await client.get(f"/api/v1/orders/{order.id}")).json()
        later = (await client.get(f"/orders/{order.id}", headers={"Accept": "text/html"})).text
    async with await field.office.client(ADMIN, factories.TENANT) as client:
        await client.post(path, json={"fields": accepted, "item": 2})
    assert page.count("Accept the new number of item") == 2
    assert (unclear.status_code, absent.status_code, taken.status_code) == (422, 422, 303)
    assert later.count("Accept the new number of item") == 1
    assert view["next"]["what"].endswith("Accept the new one")
    await field.env.wait_for_status(order, Status.COMPLETED)
    said = [row.data["answer"] for row in await field.env.rows(EventRow, order) if row.event == "info_provided"]
    assert said == ["", f"Accepted for {REQUESTER}."]
