"""A carrier that doesn't know a line by our ID of it refuses the item: the telecom desk gets a task, once."""

import pytest
from sqlmodel import col, select

from models.db.encryption import Keyring
from models.db.notifications.tables import NotificationRow
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate
from outbox.carrier_intake import receive_update
from tests.outbox.conftest import CARRIER, OrderAtCarrier


async def refused(at_carrier: OrderAtCarrier, keyring: Keyring, *codes: str) -> list[TaskRow]:
    client_ref = await at_carrier.place()
    (item,) = await at_carrier.items()
    for number, code in enumerate(codes):
        item_update = ItemUpdate(item_id=item.id, state=ItemState.DECLINED, code=code, detail="No such line.")
        message = CarrierUpdate(event_id=f"E{number}", carrier=CARRIER, client_ref=client_ref, items=(item_update,))
        async with at_carrier.database.transaction() as session:
            await receive_update(session, keyring, CARRIER, message, b"{}")
    async with at_carrier.database.read() as session:
        return await session.all(select(TaskRow))


async def test_a_line_that_the_carrier_does_not_know_becomes_a_task(
    at_carrier: OrderAtCarrier, keyring: Keyring
) -> None:
    (task,) = await refused(at_carrier, keyring, "PRODUCT_UNKNOWN", "PRODUCT_UNKNOWN")
    assert (task.kind, task.state, task.order_id) == ("product_unknown", "open", at_carrier.office.order.id)
    assert task.evidence["detail"] == "No such line."
    async with at_carrier.database.read() as session:
        emails = await session.all(select(NotificationRow.event).where(col(NotificationRow.event) == "product_unknown"))
    assert len(emails) >= 1


@pytest.mark.parametrize("code", ["CREDIT_CHECK", "ICCID_INVALID"])
async def test_another_refusal_is_no_task(at_carrier: OrderAtCarrier, keyring: Keyring, code: str) -> None:
    assert await refused(at_carrier, keyring, code) == []
