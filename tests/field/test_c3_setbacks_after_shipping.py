"""What the carrier lacks or asks once an item is under way is shown, and the item continues from where it was."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from models.db.orders.tables import EventRow
from models.db.session import utc_now
from models.lifecycle import Status
from models.order import Order
from tests.field.open_order import DELIVERED, Field

pytestmark = pytest.mark.fault("7")

SHIPPED = {"trackingNumber": "1Z9"}
UNDER_WAY = [(SHIPPED, "shipped"), (SHIPPED | {"deliveredAt": DELIVERED}, "awaiting_activation")]


class Times:
    """Each later than the one before, none in the future."""

    def __init__(self) -> None:
        self._next = utc_now() - timedelta(hours=1)

    def __iter__(self) -> Iterator[Any]:
        while True:
            self._next += timedelta(minutes=1)
            yield self._next


async def asks(field: Field, order: Order, at: Any, name: str = "imei", **more: Any) -> None:
    path = f"productOrderItem[0].product.productCharacteristic[name={name}]"
    kind = "ProductOrderInformationRequiredEvent"
    await field.event(order, "pending", at=at, kind=kind, change=lambda body: body.update({"fieldPath": path}), **more)


async def recorded(field: Field, order: Order, event: str) -> list[EventRow]:
    return [row for row in await field.env.rows(EventRow, order) if row.event == event]


@pytest.mark.parametrize(("more", "before"), UNDER_WAY)
async def test_an_item_that_the_carrier_lacks_after_all_is_backordered(
    field: Field, more: dict[str, str], before: str
) -> None:
    order, at = await field.order(), iter(Times())
    await field.event(order, at=next(at), **more)
    await field.env.wait_for_item_states(order, before)
    await field.event(order, "held", at=next(at), **more)
    await field.env.wait_for_status(order, Status.BACKORDERED)
    await field.event(order, at=next(at))
    await field.env.wait_for_item_states(order, before)


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize(("more", "before"), UNDER_WAY)
async def test_a_question_is_asked_and_its_answer_reaches_the_carrier(
    field: Field, more: dict[str, str], before: str, *, timed: bool
) -> None:
    order, at = await field.order(), iter(Times())
    await field.event(order, at=next(at) if timed else None, **more)
    await field.env.wait_for_item_states(order, before)
    await asks(field, order, next(at) if timed else None, **more)
    await field.env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await field.env.provide_info(order, "It is the blue one.")
    await field.env.until(order, lambda: recorded(field, order, "info_provided"), bool)
    await field.event(order, at=next(at) if timed else None, **more)
    await field.env.wait_for_item_states(order, before)


async def test_the_carriers_next_question_is_asked_too(field: Field) -> None:
    order, at = await field.order(), iter(Times())
    await asks(field, order, next(at), name="imei")
    await field.env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    for _ in range(2):
        await asks(field, order, next(at), name="iccid")
    questions = await field.env.until(
        order, lambda: recorded(field, order, "vendor_info_required"), lambda rows: len(rows) == 2
    )
    assert [row.data["needs"] for row in questions] == [["imei"], ["iccid"]]


async def test_a_question_that_comes_late_is_in_the_history(field: Field) -> None:
    order, at = await field.order(), iter(Times())
    asked_at = next(at)
    await field.event(order, "held", at=next(at))
    await field.env.wait_for_status(order, Status.BACKORDERED)
    await asks(field, order, asked_at)
    await field.env.until(order, lambda: recorded(field, order, "vendor_info_required"), bool)
    assert (await field.env.row(order)).status == Status.BACKORDERED


@pytest.mark.fault("3")
async def test_an_older_backorder_does_not_return_a_shipped_item(field: Field) -> None:
    order, at = await field.order(), iter(Times())
    old = next(at)
    await field.event(order, at=next(at), **SHIPPED)
    await field.env.wait_for_item_states(order, "shipped")
    await field.event(order, "held", at=old)
    await field.event(order, at=next(at), **SHIPPED | {"deliveredAt": DELIVERED})
    await field.env.wait_for_item_states(order, "awaiting_activation")
    assert await recorded(field, order, "backordered") == []
