"""What the adapter sends is what the official definition of TMF622 v4.0.0 allows; see `traffic` and `adapter`."""

import pytest

from carriers.base import CarrierOrderItem
from carriers.tmf622 import Tmf622Carrier
from carriers.tmf622.requests import ACTIONS
from models.lifecycle import ItemState
from models.order import Identifiers
from tests.carriers.carrier_client import own_device, phone, until_state, work
from tests.tmf622.definition import needs_definition
from tests.tmf622.traffic import Traffic

pytestmark = needs_definition

EVERYTHING = {
    "feature_skus": ["ROAM-1"],
    "accessory_skus": ["CASE"],
    "service_zip": "10001",
    "mdn": "+12125551234",
    "imei": "490154203237518",
    "iccid": "8901991000000000008",
    "eid": "89049032123451234512345678901235",
}


async def test_everything_the_adapter_asks_of_a_carrier_is_as_defined(carrier: Tmf622Carrier, traffic: Traffic) -> None:
    await carrier.ensure_listening("http://127.0.0.1:1/nobody")
    receipt = await carrier.submit(work(phone("1"), own_device("2"), steer="needsInfo=serviceZip", expedite=True))
    reference = receipt.carrier_ref
    await until_state(carrier, reference, ItemState.INFO_REQUIRED)
    await carrier.provide(reference, {"service_zip": "10001", "note": "It is the new office."})
    await until_state(carrier, reference, ItemState.AWAITING_ACTIVATION)
    await carrier.activate(reference, "1", Identifiers(imei="490154203237518", iccid="8901991000000000008"))
    held = await carrier.submit(work(steer="backorder=3600"))
    await until_state(carrier, held.carrier_ref, ItemState.BACKORDERED)
    await carrier.cancel(held.carrier_ref, "changed our mind")
    assert traffic.asked == {
        "POST /hub",
        "GET /productOrder",
        "POST /productOrder",
        "GET /productOrder/{id}",
        "PATCH /productOrder/{id}",
        "POST /cancelProductOrder",
        "GET /cancelProductOrder/{id}",
    }


@pytest.mark.parametrize("action", ACTIONS)
async def test_every_action_is_placed_as_defined(carrier: Tmf622Carrier, traffic: Traffic, action: str) -> None:
    await carrier.submit(
        work(CarrierOrderItem(item_id="1", action=action, wanted=EVERYTHING), instructions="Ring twice.")
    )
    await carrier.submit(work(CarrierOrderItem(item_id="1", action=action, wanted={}), ship_to=None))
    assert ("POST /productOrder", 201) in traffic.answered
