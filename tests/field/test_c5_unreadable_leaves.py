"""What can't be read in a carrier's document is passed over and asked for; everything else counts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers.tmf622.documents import ProductOrder
from carriers.tmf622.mapping import item_updates
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState, Status
from tests.carriers.odd_values import ODD, replaced
from tests.carriers.tmf622.test_webhooks import read
from tests.field.open_order import Field

KNOWN = {"MDN": "+13125550142", "IMEI": "490154203237518", "trackingNumber": "1Z999", "shippingCarrier": "UPS"}
ITEM = {
    "id": "01ITEM",
    "action": "add",
    "state": "completed",
    "product": {"productCharacteristic": [{"name": name, "value": value} for name, value in KNOWN.items()]},
}
ORDER = {
    "id": "NW-1",
    "externalId": "01ORDER:1",
    "state": "completed",
    "expectedCompletionDate": "2026-12-01T00:00:00Z",
    "note": [{"text": "On its way.", "author": "Northwind", "date": "2026-11-30T00:00:00Z"}],
    "productOrderItem": [ITEM],
}
EVENT = {
    "eventId": "E1",
    "eventType": "ProductOrderStateChangeEvent",
    "eventTime": "2026-11-30T00:00:00Z",
    "fieldPath": "productOrderItem[0].product.productCharacteristic[name=IMEI]",
    "event": {"productOrder": ORDER},
}


def leaves(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all leaves."""
    if isinstance(document, dict | list):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield from leaves(value, (*path, key))
    else:
        yield path


# Without these an event is about nothing, or says nothing of the item.
NEEDED = {("eventType",), *((*prefix, *path) for prefix in (("event", "productOrder"),) for path in (
    ("externalId",), ("productOrderItem", 0, "id"), ("productOrderItem", 0, "state")
))}  # fmt: skip


@pytest.mark.fault("4")
@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("path", [path for path in leaves(EVENT) if path not in NEEDED], ids=str)
def test_the_state_counts_whatever_another_leaf_is(path: tuple[Any, ...], value: Any) -> None:
    update = read(replaced(EVENT, path, value))
    assert update is not None
    assert [item.state for item in update.items] == [ItemState.DONE]


@pytest.mark.fault("4")
@settings(max_examples=200, suppress_health_check=[HealthCheck.differing_executors])
@given(path=st.sampled_from([*leaves(ORDER)]), value=st.sampled_from(ODD))
def test_a_polled_order_can_be_read_whatever_a_leaf_is(path: tuple[Any, ...], value: Any) -> None:
    order = ProductOrder.model_validate(replaced(ORDER, path, value))
    assert len(order.model_dump_json()) > 0
    assert len(item_updates(order)) <= 1


@pytest.mark.fault("4")
@pytest.mark.parametrize(
    ("name", "value"), [("MDN", ["+13125550142"]), ("IMEI", {"a": 1}), ("ICCID", 1.5), ("EID", [])]
)
async def test_a_value_that_is_no_text_is_asked_for_and_the_state_counts(field: Field, name: str, value: Any) -> None:
    order = await field.order()
    reported = {"trackingNumber": "1Z999", "deliveredAt": "2026-11-02T09:00:00Z", name: value}
    assert (await field.event(order, **reported)).status_code == 200
    await field.env.wait_for_status(order, Status.AWAITING_ACTIVATION)
    (task,) = await field.env.rows(TaskRow, order)
    assert (task.kind, task.state, task.evidence["reported_as"]) == ("unreadable_value", "open", "No text")


@pytest.mark.fault("4")
@pytest.mark.fault("9")
@pytest.mark.parametrize("state", ["Completed", "activated", 7, ["completed"]], ids=repr)
async def test_what_is_said_with_an_unknown_state_counts(field: Field, state: Any) -> None:
    order = await field.order()

    def without_state_of_the_order(body: dict[str, Any]) -> None:
        del body["event"]["productOrder"]["state"]

    answer = await field.event(order, state, change=without_state_of_the_order, **KNOWN)
    assert answer.status_code == 200
    seen = await field.seen(order)
    assert (seen["status"], seen["items"][0]["mdn"], len(seen["items"][0]["parcels"])) == (
        Status.IN_FULFILLMENT, KNOWN["MDN"], 1,
    )  # fmt: skip
    assert await field.found(KNOWN["MDN"]) == [order.number]
    await field.event(order, "completed")
    await field.env.wait_for_status(order, Status.COMPLETED)
    assert (await field.inventory(order))["mdn"] == KNOWN["MDN"]


@pytest.mark.fault("4")
async def test_no_leaf_makes_the_webhook_fail(field: Field) -> None:
    order = await field.order()
    reported = {"externalId": f"{order.id}:1", "productOrderItem": [{**ITEM, "id": order.items[0].id}]}
    event = {**EVENT, "event": {"productOrder": {**ORDER, **reported}}}
    for path in leaves(event):
        for value in ODD:
            answer = await field.send(json.dumps(replaced(event, path, value)).encode())
            assert answer.status_code in {200, 422}, (path, value, answer.text)
