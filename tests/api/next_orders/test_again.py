"""An order that has ended is ordered again: who can, in which status, and what the draft takes over."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlmodel import col, select, update

from api.next_orders.again import _is_filled
from models.db.catalog.tables import ProductRow
from models.db.inventory.tables import LineRow
from models.db.orders.tables import DraftRow, ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.event import Event
from models.events.approval import EXPIRED, REJECTED
from models.events.ending import CANCELED, COMPLETED, PARTIALLY_FULFILLED, VENDOR_REJECTED, WITHDRAWN
from models.lifecycle import FINAL, ItemState, Status
from models.order import ItemSnapshot
from models.questions.shipping import SHIP_TO
from tests.api.api_client import ApiTenant, Json, code
from tests.api.orders.test_line_orders import SUSPEND, line_of, submit

HTML = {"Accept": "text/html"}
ENDS: dict[Status, tuple[Event, str]] = {
    Status.COMPLETED: (COMPLETED, "Order again"),
    Status.PARTIALLY_FULFILLED: (PARTIALLY_FULFILLED, "Order the rest"),
    Status.REJECTED: (REJECTED, "Change and submit again"),
    Status.WITHDRAWN: (WITHDRAWN, "Order again"),
    Status.CANCELED: (CANCELED, "Order again"),
    Status.EXPIRED: (EXPIRED, "Submit again"),
    Status.VENDOR_REJECTED: (VENDOR_REJECTED, "Change and submit again"),
}
# People by their part in Jordan's order, and whether they can order it again in Jordan's name.
CAN: dict[str, bool] = {
    "Jordan": True,  # requester
    "Dana": True,  # manager
    "Marcus": True,  # manager's manager
    "Grace": True,  # owns the company's account
    "Helen": False,  # is asked to approve
    "Omar": False,  # watches
    "Theo": True,  # desk
    "Wendy": False,  # support
    "Carl": True,  # care
    "Priya": True,  # admin
    "Iris": False,  # auditor
}


async def ended(office: ApiTenant, order: Json, status: Status, **data: Any) -> Json:
    await office.write_event(order, ENDS[status][0], status, **data)
    return order


async def press(office: ApiTenant, name: str, order: Json, **body: Any) -> Any:
    async with await office.client(name) as client:
        return await client.post(f"/api/v1/orders/{order['number']}/again", json=body)


async def page_of(office: ApiTenant, name: str, path: str) -> str:
    async with await office.client(name) as client:
        answer = await client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_table_has_every_final_status() -> None:
    assert set(ENDS) == FINAL


@pytest.mark.fault("34")
@pytest.mark.parametrize("status", sorted(FINAL))
async def test_exactly_those_who_may_order_it_see_the_button_and_it_works(office: ApiTenant, status: Status) -> None:
    watcher = await office.row("Omar")
    order = await office.order("Jordan", items=[{}, {}], watchers=[watcher.id])
    await office.request_approval(order, "Helen")
    await ended(office, order, status)
    seen, works = {}, {}
    for name in CAN:
        shown = await page_of(office, name, f"/orders/{order['number']}")
        seen[name] = f">{ENDS[status][1]}</button>" in shown
        answer = await press(office, name, order)
        works[name] = answer.status_code == 201
        assert works[name] or answer.status_code == 403
    assert (seen, works) == (CAN, CAN)


async def test_an_order_in_progress_has_no_button_and_is_not_ordered_again(office: ApiTenant) -> None:
    order = await office.order()
    assert "/again" not in await page_of(office, "Jordan", f"/orders/{order['number']}")
    assert code(await press(office, "Jordan", order)) == (409, "ACTION_NOT_ALLOWED")


async def test_people_who_cannot_see_an_order_cannot_order_it_again(office: ApiTenant) -> None:
    order = await ended(office, await office.order(), Status.REJECTED)
    assert (await press(office, "Nadia", order)).status_code == 404


async def test_the_draft_takes_over_the_answers_and_names_its_order(office: ApiTenant) -> None:
    order = await office.order("Jordan", reason="It is broken.", items=[{"area_code": "773"}])
    await ended(office, order, Status.REJECTED)
    answer = (await press(office, "Jordan", order)).json()
    assert answer["order"] == {
        "type": "NEW_SERVICE_DEVICE",
        "answers": {},
        "items": [{"device": "IPHONE-17-256", "area_code": "773"}],
        "parent": order["number"],
        "cause": "again",
        "reason": "It is broken.",
    }
    assert answer["continue_at"] == f"/order/NEW_SERVICE_DEVICE?again={order['number']}"
    assert [one["field"] for one in answer["left_out"]] == ["answers.recurring_charges"]
    form = await page_of(office, "Jordan", answer["continue_at"])
    assert "Not copied from the earlier order:" in form
    assert re.search(r'value="IPHONE-17-256" selected', form)


async def test_the_new_order_and_the_old_one_link_to_each_other(office: ApiTenant) -> None:
    order = await ended(office, await office.order(), Status.EXPIRED)
    draft = (await press(office, "Jordan", order)).json()["order"]
    async with await office.client("Jordan") as client:
        answers = {"recurring_charges": True, "use_policy": True}
        body = draft | {"answers": draft["answers"] | answers}
        fields = {"items": "1", "items.0.device": "IPHONE-17-256", "parent": draft["parent"], "cause": draft["cause"]}
        fields |= {f"answers.{name}": "yes" for name in answers}
        await client.post("/order/NEW_SERVICE_DEVICE", data={**fields, "do": "review"})
        review = (await client.get("/order/NEW_SERVICE_DEVICE/review", headers=HTML)).text
        hidden = {name: re.findall(rf'name="{name}" value="([^"]+)"', review)[0] for name in ("draft", "reviewed")}
        placed = await client.post("/order/NEW_SERVICE_DEVICE/submit", data=hidden)
        new = (await client.get(f"/api/v1{placed.headers['location']}")).json()
        by_api = (await client.post("/api/v1/orders", json=body)).json()
    assert (new["follows"]["number"], new["follows"]["cause"]) == (order["number"], "again")
    assert (by_api["follows"]["number"], by_api["follows"]["cause"]) == (order["number"], "again")
    assert f'href="/orders/{order["number"]}"' in await page_of(office, "Jordan", f"/orders/{new['number']}")
    assert f'href="/orders/{new["number"]}"' in await page_of(office, "Jordan", f"/orders/{order['number']}")


async def test_of_an_order_that_was_completed_in_part_the_rest_is_ordered(office: ApiTenant) -> None:
    order = await office.order("Jordan", items=[{"area_code": "312"}, {"area_code": "773"}])
    done, declined = (
        ItemSnapshot(item_id=item["id"], state=state)
        for item, state in zip(order["items"], (ItemState.DONE, ItemState.DECLINED), strict=True)
    )
    await ended(office, order, Status.PARTIALLY_FULFILLED, items=(done, declined))
    draft = (await press(office, "Jordan", order)).json()["order"]
    assert [item["area_code"] for item in draft["items"]] == ["773"]


async def test_what_is_no_longer_offered_or_possible_is_left_empty_and_said(office: ApiTenant) -> None:
    order = await ended(office, await office.order(), Status.CANCELED)
    async with office.database.transaction() as session:
        await session.exec(update(ProductRow).where(col(ProductRow.sku) == "IPHONE-17-256").values(active=False))
        await session.exec(update(OrderRow).values(effective_at=col(OrderRow.created_at) - timedelta(days=30)))
    answer = (await press(office, "Jordan", order)).json()
    left_out = {one["field"]: one["detail"] for one in answer["left_out"]}
    assert "device" not in answer["order"]["items"][0]
    assert "effective_on" not in answer["order"]
    assert left_out.keys() >= {"items.0.device", "effective_on"}
    form = await page_of(office, "Jordan", answer["continue_at"])
    assert all(detail in unescape(form) for detail in left_out.values())


async def test_a_line_that_has_ended_is_left_empty_and_said(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    order = (await submit(office, "Aaron", SUSPEND, line.id, "/api/v1/orders")).json()
    await ended(office, order, Status.WITHDRAWN)
    async with office.database.transaction() as session:
        (await session.get_one(LineRow, ("acme", line.id))).status = "terminated"
    answer = (await press(office, "Aaron", order)).json()
    assert answer["order"]["items"] == [{"suspend_reason": "vacation"}]
    assert [one["field"] for one in answer["left_out"]] == ["items.0.line"]


async def test_an_order_of_a_line_that_changed_hands_is_not_ordered_again_by_its_former_user(office: ApiTenant) -> None:
    line, nadia = await line_of(office, "Aaron"), await office.row("Nadia")
    order = (await submit(office, "Aaron", SUSPEND, line.id, "/api/v1/orders")).json()
    await ended(office, order, Status.WITHDRAWN)
    async with office.database.transaction() as session:
        (await session.get_one(LineRow, ("acme", line.id))).person_id = nadia.id
    assert (await press(office, "Aaron", order)).status_code == 403
    assert "/again" not in await page_of(office, "Aaron", f"/orders/{order['number']}")


async def test_personal_answers_are_taken_over_only_by_those_who_read_them(office: ApiTenant) -> None:
    """Dana manages Jordan; she has not been asked to approve."""
    ship_to = {**SHIP_TO.example, "line1": "12 Hidden Lane"}
    order = await office.order(answers={"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True,
                                        "ship_to": ship_to})  # fmt: skip
    await ended(office, order, Status.REJECTED)
    own, other = [(await press(office, name, order)).json() for name in ("Jordan", "Dana")]
    assert own["order"]["answers"]["ship_to"]["line1"] == "12 Hidden Lane"
    assert "Hidden" not in str(other)
    assert "answers.ship_to" in [one["field"] for one in other["left_out"]]


async def test_another_draft_of_the_type_is_replaced_only_on_request(office: ApiTenant) -> None:
    order = await ended(office, await office.order(), Status.REJECTED)
    async with await office.client("Jordan") as client:
        await client.post("/order/NEW_SERVICE_DEVICE", data={"items": "1", "reason": "Mine."})
        assert "this replaces your draft" in (await client.get(f"/orders/{order['number']}", headers=HTML)).text
        refused = await client.post(f"/api/v1/orders/{order['number']}/again", json={})
        pressed = await client.post(f"/orders/{order['number']}/again", data={"replace_draft": "true"})
        twice = await client.post(f"/api/v1/orders/{order['number']}/again", json={})
    assert code(refused) == (409, "DRAFT_EXISTS")
    assert pressed.headers["location"] == f"/order/NEW_SERVICE_DEVICE?again={order['number']}"
    assert twice.status_code == 201
    async with office.database.transaction() as session:
        (draft,) = (await session.exec(select(DraftRow))).all()
    assert draft.document["parent"] == order["number"]


async def test_a_type_that_is_no_longer_offered_is_not_ordered_again(office: ApiTenant) -> None:
    order = await ended(office, await office.order(), Status.REJECTED)
    async with office.database.transaction() as session:
        await session.exec(update(OrderRow).values(type_code="GONE"))
    assert code(await press(office, "Jordan", order)) == (409, "ACTION_NOT_ALLOWED")
    assert "/again" not in await page_of(office, "Jordan", f"/orders/{order['number']}")


async def test_an_order_for_a_person_who_left_is_not_made_for_someone_else(office: ApiTenant) -> None:
    jordan = await office.row("Jordan")
    order = await ended(office, await office.order("Dana", beneficiary_id=jordan.id), Status.REJECTED)
    async with office.database.transaction() as session:
        (await session.get_one(PersonRow, ("acme", jordan.id))).active = False
    answer = (await press(office, "Dana", order)).json()
    assert answer["order"]["beneficiary_id"] == jordan.id


async def test_the_form_of_a_draft_without_a_visible_parent_follows_no_order(office: ApiTenant) -> None:
    order = await ended(office, await office.order("Jordan"), Status.REJECTED)
    await press(office, "Dana", order)
    async with office.database.transaction() as session:
        await session.exec(update(OrderRow).values(beneficiary_id=(await office.row("Nadia")).id))
        await session.exec(update(ItemRow).values(detail=None))
    assert 'name="parent"' not in await page_of(office, "Dana", "/order/NEW_SERVICE_DEVICE")


@pytest.mark.parametrize(
    ("path", "filled"), [("items.0", False), ("items.0.line", True), ("items.0.plan", False), (None, False)]
)
def test_only_an_answer_is_left_out_and_not_a_whole_item(path: str | None, *, filled: bool) -> None:
    assert _is_filled({"items": [{"line": "l1"}]}, path) is filled
