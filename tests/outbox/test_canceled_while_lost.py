"""An order that its carrier has lost is canceled there all the same, now or once it comes back."""

from dataclasses import replace

import pytest
from sqlmodel import col, func, update
from temporalio.testing import ActivityEnvironment

from activities.carrier import CancelInput, CarrierActivities
from models.db.carriers.carrier_orders import LIST_LOST_AFTER, LIST_LOST_FOR
from models.db.carriers.tables import CarrierOrderRow, SecondOrderRow
from models.db.encryption import Keyring
from models.db.orders.tables import OrderRow
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState, Status
from models.order import CancelResult
from models.task import task_kind
from outbox import second_orders, waiting_orders
from outbox.carrier_intake import receive_update
from tests.fakes import FakeCarrier
from tests.outbox.conftest import CARRIER, OrderAtCarrier, carrier_update
from tests.outbox.test_reconciler import ScriptedCarrier, reconciler_for
from tests.outbox.test_waiting_orders import NO_ORDER, change, poll

pytestmark = [pytest.mark.fault("1"), pytest.mark.fault("8")]


async def lose(at_carrier: OrderAtCarrier, keyring: Keyring) -> str:
    """Place an order that the carrier then doesn't know for some minutes; returns our reference."""
    client_ref = await at_carrier.place()
    await change(at_carrier, OrderRow, status=Status.IN_FULFILLMENT, carrier=CARRIER)
    reconciler = reconciler_for(at_carrier, ScriptedCarrier(statuses={"C1": NO_ORDER}), keyring)
    for _ in range(2):
        await poll(at_carrier, reconciler, after=waiting_orders.LOST_AFTER)
    return client_ref


async def cancel(at_carrier: OrderAtCarrier, keyring: Keyring, carrier: FakeCarrier) -> CancelResult:
    activities = CarrierActivities(at_carrier.database, {CARRIER: carrier}, keyring)
    request = CancelInput(ref=at_carrier.office.order.ref, rounds=(1,), reason="Lost.")
    result: CancelResult = await ActivityEnvironment().run(activities.cancel_at_carrier, request)
    if result is CancelResult.CANCELED:
        await at_carrier.close()
    return result


async def reconcile(at_carrier: OrderAtCarrier, carrier: FakeCarrier) -> list[tuple[str, str | None]]:
    """Look for orders that should not be at the carrier, an hour later; returns those that were found."""
    async with at_carrier.database.transaction() as session:
        await session.exec(update(CarrierOrderRow).values(list_at=col(CarrierOrderRow.list_at) - LIST_LOST_AFTER))
    await second_orders.find_all(at_carrier.database, carrier)
    await second_orders.cancel_all(at_carrier.database, carrier)
    return [(row.carrier_ref, row.answer) for row in await at_carrier._all(SecondOrderRow)]


async def submission(at_carrier: OrderAtCarrier) -> CarrierOrderRow:
    (row,) = await at_carrier._all(CarrierOrderRow)
    return row


@pytest.mark.parametrize("answer", [CancelResult.CANCELED, CancelResult.ASSESSING, CancelResult.DECLINED])
async def test_a_carrier_that_knows_a_lost_order_again_decides_whether_to_cancel_it(
    at_carrier: OrderAtCarrier, keyring: Keyring, answer: CancelResult
) -> None:
    client_ref = await lose(at_carrier, keyring)
    back = FakeCarrier(code=CARRIER, cancel_answer=answer, second_orders={client_ref: ("C1",)})
    assert await cancel(at_carrier, keyring, back) is answer
    assert back.canceled == ["C1 Lost."]
    assert await reconcile(at_carrier, back) == []


@pytest.mark.parametrize(("lost", "answer"), [(True, CancelResult.CANCELED), (False, CancelResult.DECLINED)])
async def test_an_order_that_the_carrier_does_not_know_is_canceled_only_once_it_is_lost(
    at_carrier: OrderAtCarrier, keyring: Keyring, *, lost: bool, answer: CancelResult
) -> None:
    await (lose(at_carrier, keyring) if lost else at_carrier.place())
    await change(at_carrier, OrderRow, carrier=CARRIER)
    carrier = FakeCarrier(code=CARRIER, fails={"cancel": [NO_ORDER]})
    assert await cancel(at_carrier, keyring, carrier) is answer
    row = await submission(at_carrier)
    assert (row.open, row.canceled_while_lost) == (not lost, lost)


@pytest.mark.parametrize("repeatable", [False, True])
async def test_an_order_that_comes_back_after_it_was_canceled_is_canceled_at_the_carrier(
    at_carrier: OrderAtCarrier, keyring: Keyring, *, repeatable: bool
) -> None:
    """It is looked for more than once, even if a second one would do no harm beside the first."""
    client_ref = await lose(at_carrier, keyring)
    await change(at_carrier, CarrierOrderRow, repeatable=repeatable)
    carrier = FakeCarrier(code=CARRIER, fails={"cancel": [NO_ORDER]})
    await cancel(at_carrier, keyring, carrier)
    assert await reconcile(at_carrier, carrier) == []
    carrier.second_orders = {client_ref: ("C1",)}
    assert await reconcile(at_carrier, carrier) == [("C1", "canceled")]
    assert carrier.canceled == [f"C1 {second_orders.REASON}"]
    (task,) = [row for row in await at_carrier._all(TaskRow) if row.kind == "second_order"]
    assert "it had lost it when the order was canceled" in task_kind(task.kind).what_happened(task.evidence, "Bell")


@pytest.mark.parametrize("state", [ItemState.PLACED, ItemState.SHIPPED, ItemState.DONE])
async def test_an_order_that_the_carrier_reports_on_after_it_was_canceled_is_canceled_there(
    at_carrier: OrderAtCarrier, keyring: Keyring, state: ItemState
) -> None:
    client_ref = await lose(at_carrier, keyring)
    carrier = FakeCarrier(code=CARRIER, fails={"cancel": [NO_ORDER]})
    await cancel(at_carrier, keyring, carrier)
    update = replace(carrier_update(client_ref, state), carrier_ref="C1")
    assert await at_carrier.database.run(receive_update, keyring, CARRIER, update, b"{}") is None
    assert await reconcile(at_carrier, carrier) == [("C1", "canceled")]


async def test_a_lost_order_is_looked_for_during_a_day(at_carrier: OrderAtCarrier, keyring: Keyring) -> None:
    await lose(at_carrier, keyring)
    carrier = FakeCarrier(code=CARRIER, fails={"cancel": [NO_ORDER]})
    await cancel(at_carrier, keyring, carrier)
    for _ in range(2):
        await reconcile(at_carrier, carrier)
        assert (await submission(at_carrier)).list_at is not None
    await change(at_carrier, CarrierOrderRow, lost_at=func.now() - LIST_LOST_FOR)
    await reconcile(at_carrier, carrier)
    assert (await submission(at_carrier)).list_at is None


async def test_an_order_that_ends_otherwise_is_not_canceled_at_the_carrier(
    at_carrier: OrderAtCarrier, keyring: Keyring
) -> None:
    """Someone has settled with the carrier what it had lost."""
    client_ref = await lose(at_carrier, keyring)
    await at_carrier.close()
    carrier = FakeCarrier(code=CARRIER, second_orders={client_ref: ("C1",)})
    assert (await reconcile(at_carrier, carrier), carrier.canceled) == ([], [])
