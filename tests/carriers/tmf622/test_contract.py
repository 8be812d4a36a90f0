"""What the adapter sends is what the official definition of TMF622 v4.0.0 allows."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from jsonschema import Draft4Validator, ValidationError

from carriers.tmf622 import Tmf622Carrier
from models.lifecycle import ItemState
from models.order import Identifiers
from tests.carriers.kit import adapter, own_device, phone, until_state, work

ROOT = Path(__file__).parents[3]
DEFINITION = ROOT.parent / "shared/tmf/TMF622-ProductOrder-v4.0.0.swagger.json"
SCHEMAS = {
    ("POST", "productOrder"): "ProductOrder_Create",
    ("PATCH", "productOrder"): "ProductOrder_Update",
    ("POST", "cancelProductOrder"): "CancelProductOrder_Create",
    ("POST", "hub"): "EventSubscriptionInput",
}

pytestmark = pytest.mark.skipif(
    not DEFINITION.exists(), reason="the official definition of TMF622 is not beside the project"
)


def check(schema: str, document: object) -> None:
    """Also refuses members the definition does not have, but for those that say of which type they are."""
    definitions = json.loads(DEFINITION.read_text())["definitions"]
    definitions[schema]["additionalProperties"] = False
    Draft4Validator({"$ref": f"#/definitions/{schema}", "definitions": definitions}).validate(document)


@dataclass
class Recording:
    """Every body that was sent, checked."""

    checked: list[str] = field(default_factory=list)

    async def __call__(self, request: httpx2.Request) -> None:
        resource = request.url.path.split("/v4/")[1].split("/")[0]
        if request.method != "GET":
            schema = SCHEMAS[request.method, resource]
            check(schema, json.loads(request.content))
            self.checked.append(schema)


@pytest.fixture
def recording() -> Recording:
    return Recording()


@pytest.fixture
async def carrier(simulator: str, recording: Recording) -> AsyncIterator[Tmf622Carrier]:
    async with httpx2.AsyncClient(event_hooks={"request": [recording]}) as http:
        yield adapter(simulator, http=http)


async def test_orders_are_placed_as_defined(carrier: Tmf622Carrier, recording: Recording) -> None:
    await carrier.submit(work(phone("1", feature_skus=["ROAM-1"]), own_device("2"), instructions="Ring twice."))
    await carrier.submit(work(phone("1"), ship_to=None))
    assert recording.checked == ["ProductOrder_Create"] * 2


async def test_amendments_are_as_defined(carrier: Tmf622Carrier, recording: Recording) -> None:
    receipt = await carrier.submit(work(steer="needsInfo=serviceZip"))
    await until_state(carrier, receipt.carrier_ref, ItemState.INFO_REQUIRED)
    await carrier.provide(receipt.carrier_ref, {"service_zip": "10001", "note": "It is the new office."})
    await until_state(carrier, receipt.carrier_ref, ItemState.AWAITING_ACTIVATION)
    await carrier.activate(receipt.carrier_ref, "1", Identifiers(imei="490154203237518"))
    assert recording.checked[1:] == ["ProductOrder_Update"] * 2


async def test_cancellations_and_subscriptions_are_as_defined(carrier: Tmf622Carrier, recording: Recording) -> None:
    receipt = await carrier.submit(work(steer="backorder=3600"))
    await carrier.cancel(receipt.carrier_ref, "changed our mind")
    await carrier.ensure_listening("http://127.0.0.1:1/nobody")
    assert recording.checked[1:] == ["CancelProductOrder_Create", "EventSubscriptionInput"]


def test_the_checks_themselves_can_fail() -> None:
    with pytest.raises(ValidationError):
        check("ProductOrder_Create", {"productOrderItem": [{"id": "1"}]})
    with pytest.raises(ValidationError):
        check("ProductOrder_Create", {"productOrderItem": [], "shoeSize": 9})
