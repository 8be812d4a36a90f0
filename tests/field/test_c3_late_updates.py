"""An older update never replaces a newer one, however they arrive; what comes too late is in the history."""

from datetime import timedelta

import pytest

from models.db.session import utc_now
from tests.field.open_order import Field

NEW = {"MDN": "+13125550199", "trackingNumber": "1ZNEW2"}
OLD = {"MDN": "+13125550142", "trackingNumber": "1ZOLD1"}


@pytest.mark.fault("3")
async def test_an_older_event_replaces_nothing(field: Field) -> None:
    order, at = await field.order(), utc_now() - timedelta(hours=1)
    await field.event(order, at=at + timedelta(minutes=10), **NEW)
    await field.event(order, at=at + timedelta(minutes=5), **OLD)
    item = (await field.seen(order))["items"][0]
    assert item["mdn"] == NEW["MDN"]
    assert [one["tracking_number"] for one in item["parcels"]] == ["1ZOLD1", "1ZNEW2"]
    assert [one["late"] for one in await field.late(order)] == [["mdn"]]


@pytest.mark.fault("3")
async def test_each_field_has_its_own_time(field: Field) -> None:
    order, at = await field.order(), utc_now() - timedelta(hours=1)
    await field.event(order, at=at + timedelta(minutes=10), MDN=NEW["MDN"])
    await field.event(order, at=at + timedelta(minutes=5), **OLD)
    item = (await field.seen(order))["items"][0]
    assert (item["mdn"], item["parcels"][0]["tracking_number"]) == (NEW["MDN"], OLD["trackingNumber"])
    assert [one["late"] for one in await field.late(order)] == [["mdn"]]


@pytest.mark.parametrize("minutes", [0, 1])
async def test_an_update_of_the_same_time_or_later_replaces(field: Field, minutes: int) -> None:
    order, at = await field.order(), utc_now() - timedelta(hours=1)
    await field.event(order, at=at, **OLD)
    await field.event(order, at=at + timedelta(minutes=minutes), **NEW)
    item = (await field.seen(order))["items"][0]
    assert (item["mdn"], len(item["parcels"])) == (NEW["MDN"], 2)
    assert await field.late(order) == []


@pytest.mark.fault("3")
async def test_a_clock_ahead_does_not_block_later_updates(field: Field) -> None:
    order = await field.order()
    await field.event(order, at=utc_now() + timedelta(days=400), **OLD)
    await field.event(order, **NEW)
    assert (await field.item(order)).mdn == NEW["MDN"]


@pytest.mark.fault("3")
async def test_an_older_state_replaces_none_that_is_as_far(field: Field) -> None:
    order, at = await field.order(), utc_now() - timedelta(hours=1)
    await field.event(order, "pending", at=at + timedelta(minutes=10))
    await field.env.wait_for_item_states(order, "info_required")
    await field.event(order, "held", at=at + timedelta(minutes=5))
    await field.event(order, at=at + timedelta(minutes=11), trackingNumber="1Z")
    await field.env.wait_for_item_states(order, "shipped")
    assert "backordered" not in await field.env.events(order)
