"""A carrier corrects what it has delivered, and completes without repeating it: the correction counts everywhere."""

from datetime import timedelta

import pytest

from models.db.session import utc_now
from models.lifecycle import Status
from tests.field.open_order import DELIVERED, Field

A = {"MDN": "+13125550142", "IMEI": "490154203237518", "ICCID": "89014103211118510720"}
B = {"MDN": "+13125550199", "IMEI": "353322119000017", "ICCID": "8901260222381234562"}
OURS = {"MDN": "mdn", "IMEI": "imei", "ICCID": "iccid"}
CORRECTION = "ProductOrderAttributeValueChangeEvent"


@pytest.mark.fault("2")
@pytest.mark.parametrize("corrected", [("MDN", "IMEI"), ("MDN",), ("IMEI",), ("ICCID",)], ids="+".join)
async def test_a_correction_is_in_inventory_search_and_page(field: Field, corrected: tuple[str, ...]) -> None:
    order, at = await field.order(), utc_now() - timedelta(hours=1)
    await field.event(order, at=at, deliveredAt=DELIVERED, **A)
    await field.env.wait_for_status(order, Status.AWAITING_ACTIVATION)
    correct = {name: B[name] for name in corrected}
    await field.event(order, at=at + timedelta(minutes=5), kind=CORRECTION, deliveredAt=DELIVERED, **correct)
    await field.env.activate(order)
    await field.event(order, "completed", at=at + timedelta(minutes=9))
    await field.env.wait_for_status(order, Status.COMPLETED)
    expected = {OURS[name]: value for name, value in (A | correct).items()}
    inventory, seen = await field.inventory(order), await field.seen(order)
    assert {name: inventory[name] for name in expected} == expected
    assert {name: seen["items"][0][name] for name in expected} == expected
    for name in corrected:
        assert await field.found(B[name]) == [order.number]
        assert await field.found(A[name]) == []


@pytest.mark.fault("2")
async def test_what_a_person_entered_is_in_the_same_place(field: Field) -> None:
    order, at = await field.order(), utc_now() - timedelta(hours=1)
    await field.event(order, at=at, deliveredAt=DELIVERED, **A)
    await field.env.wait_for_status(order, Status.AWAITING_ACTIVATION)
    await field.env.activate(order, imei=B["IMEI"])
    await field.env.until(order, lambda: field.item(order), lambda item: item.imei == B["IMEI"])
    item = await field.item(order)
    assert "imei" not in item.answers
    assert (item.reported["imei"]["by"], item.reported["mdn"]["by"]) == ("api", "webhook")
    await field.event(order, "completed", at=at + timedelta(minutes=9), **A)
    await field.env.wait_for_status(order, Status.COMPLETED)
    assert (await field.inventory(order))["imei"] == B["IMEI"]
    assert [one["late"] for one in await field.late(order)] == [["imei"]]
