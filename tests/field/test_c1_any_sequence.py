"""Whatever sequence a carrier's events about an item arrive in, the newest number is in inventory, page and search."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models.db.session import utc_now
from models.lifecycle import Status
from models.order import Order
from tests.field.open_order import DELIVERED, Field

# The minute of each event, and the area code of the number that it says.
UPDATES = {"first": (0, 312), "repeated late": (5, 312), "correction": (10, 630), "last correction": (30, 773)}
ACTIVATED, COMPLETED = "activated", "completed"
_ORDERS = count(100)


async def shows(field: Field, order: Order, newest: str, numbers: set[str]) -> None:
    assert (await field.inventory(order))["mdn"] == newest
    assert (await field.seen(order))["items"][0]["mdn"] == newest
    assert {number: await field.found(number) for number in numbers} == {
        number: [order.number] if number == newest else [] for number in numbers
    }


async def happens(field: Field, order: Order, step: str, *, mdn: str | None) -> None:
    """Send the event, or activate the item if it has been delivered."""
    at = utc_now() - timedelta(hours=1)
    if step == ACTIVATED:
        row = await field.env.wait_until_idle(order, after=None)
        if row.status == Status.AWAITING_ACTIVATION:
            await field.env.activate(order)
    elif step == COMPLETED:
        await field.event(order, COMPLETED, at=at + timedelta(minutes=20))
        await field.env.wait_for_status(order, Status.COMPLETED, Status.FAILED)
    else:
        await field.event(order, at=at + timedelta(minutes=UPDATES[step][0]), MDN=mdn, deliveredAt=DELIVERED)


@pytest.mark.fault("2")
@pytest.mark.fault("3")
@pytest.mark.fault("9")
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
@given(
    steps=st.permutations([*UPDATES, ACTIVATED, COMPLETED]), repeated=st.lists(st.sampled_from([*UPDATES]), max_size=2)
)
@example(steps=["first", "correction", "repeated late", ACTIVATED, COMPLETED, "last correction"], repeated=["first"])
@example(steps=["first", ACTIVATED, COMPLETED, "repeated late", "correction", "last correction"], repeated=[])
@example(steps=[COMPLETED, "last correction", "correction", "first", ACTIVATED, "repeated late"], repeated=[])
async def test_the_newest_number_counts(field: Field, steps: Sequence[str], repeated: Sequence[str]) -> None:
    order, own = await field.order(), next(_ORDERS)
    numbers = {name: f"+1{area}5550{own}" for name, (_, area) in UPDATES.items()}
    before, after = set[str](), set[str]()
    is_completed = False
    for step in (*steps, *repeated):
        await happens(field, order, step, mdn=numbers.get(step))
        if step in UPDATES:
            (after if is_completed else before).add(step)
        is_completed = is_completed or (step == COMPLETED and bool(before))
    if not is_completed:  # the carrier reported the number only after it had completed the item
        assert (await field.settle(order, "retry", "Asked the carrier.")).status_code == 200
        await field.env.wait_for_status(order, Status.COMPLETED)
    kept = max(before, key=UPDATES.__getitem__)
    await shows(field, order, numbers[kept], {*numbers.values()})
    tasks = [task for task in await field.tasks(order) if task.state == "open"]
    newest = max(before | after, key=UPDATES.__getitem__)
    if numbers[newest] == numbers[kept]:
        assert tasks == []
        return
    assert tasks[-1].evidence["corrected"] == {"mdn": numbers[newest]}
    for _ in tasks:
        await field.act(order, "correct_inventory")
    await shows(field, order, numbers[newest], {*numbers.values()})
