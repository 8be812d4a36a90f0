"""Whatever sequence a carrier's events about an item arrive in, the newest values are in inventory, page and search."""

from datetime import timedelta
from itertools import permutations

import pytest

from models.db.session import utc_now
from models.lifecycle import Status
from tests.field.open_order import Field

A, B = "+13125550142", "+13125550199"
# The minute of each event, and the number that it says.
NEWS = {"first": (0, A), "correction": (10, B), "repeated late": (5, A)}


@pytest.mark.fault("3")
@pytest.mark.parametrize("sequence", [*permutations(NEWS)], ids=", ".join)
async def test_the_newest_number_counts(field: Field, sequence: tuple[str, ...]) -> None:
    order, start = await field.order(), utc_now() - timedelta(hours=1)
    for minutes, mdn in (NEWS[name] for name in sequence):
        await field.event(order, at=start + timedelta(minutes=minutes), MDN=mdn)
    await field.event(order, "completed", at=start + timedelta(minutes=20))
    await field.env.wait_for_status(order, Status.COMPLETED)
    assert (await field.inventory(order))["mdn"] == B
    assert (await field.seen(order))["items"][0]["mdn"] == B
    assert (await field.found(A), await field.found(B)) == ([], [order.number])
