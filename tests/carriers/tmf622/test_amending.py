"""Activating items, and providing missing information."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx2
import pytest

from carriers.base import Secrets
from carriers.tmf622 import Tmf622Carrier
from models.errors import CarrierDeclined, CarrierUnavailable
from models.lifecycle import ItemState
from tests.carriers.carrier_client import adapter, carrier_order, lose_next_answer, own_device, phone, until_state
from tests.carriers.odd_values import ODD, replaced
from tests.carriers.secret_question import add_sent_secret
from tests.demo.simulator.simulator_client import Client, characteristics_of
from tests.fixtures.throw_away import AddModule

IMEI = "490154203237518"
ITEMS = ("1", "2")


def state_of(order: dict[str, Any], key: str) -> str:
    (state,) = [str(item["state"]) for item in order["productOrderItem"] if item["id"] == key]
    return state


def is_completed(order: dict[str, Any], key: str) -> bool:
    return state_of(order, key) == "completed"


async def delivered(carrier: Tmf622Carrier) -> str:
    carrier_ref = await carrier.submit(carrier_order())
    await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)
    return carrier_ref


async def waiting_for_info(carrier: Tmf622Carrier, characteristic: str = "serviceZip") -> str:
    carrier_ref = await carrier.submit(carrier_order(phone("1"), phone("2"), simulate=f"needsInfo={characteristic}"))
    await until_state(carrier, carrier_ref, ItemState.INFO_REQUIRED)
    return carrier_ref


async def test_service_starts_on_the_given_device(carrier: Tmf622Carrier) -> None:
    carrier_ref = await delivered(carrier)
    await carrier.activate(carrier_ref, "1", {"imei": IMEI})
    update = await until_state(carrier, carrier_ref, ItemState.DONE)
    assert update.items[0].identifiers.imei == IMEI


async def test_without_identifiers_the_carriers_own_are_kept(carrier: Tmf622Carrier) -> None:
    carrier_ref = await delivered(carrier)
    before = (await carrier.status(carrier_ref)).items[0].identifiers
    await carrier.activate(carrier_ref, "1", {})
    known = (await until_state(carrier, carrier_ref, ItemState.DONE)).items[0].identifiers
    assert replace(known, carrier_product_id=None) == before
    assert known.carrier_product_id is not None


async def test_a_repeated_activation_changes_nothing(carrier: Tmf622Carrier) -> None:
    carrier_ref = await delivered(carrier)
    await carrier.activate(carrier_ref, "1", {"imei": IMEI})
    await carrier.activate(carrier_ref, "1", {"imei": IMEI})
    done = await until_state(carrier, carrier_ref, ItemState.DONE)
    await carrier.activate(carrier_ref, "1", {"imei": "359366080123456"})
    assert (await carrier.status(carrier_ref)).items == done.items


async def test_an_activation_whose_answer_was_lost_is_done_once(carrier: Tmf622Carrier) -> None:
    carrier_ref = await delivered(carrier)
    lose_next_answer(carrier, "PATCH")
    with pytest.raises(CarrierUnavailable):
        await carrier.activate(carrier_ref, "1", {"imei": IMEI})
    done = await until_state(carrier, carrier_ref, ItemState.DONE)
    await carrier.activate(carrier_ref, "1", {"imei": IMEI})
    assert (await carrier.status(carrier_ref)).items == done.items


async def test_an_order_completed_before_the_request_arrives_is_activated() -> None:
    states = ["inProgress", "completed"]

    def respond(request: httpx2.Request) -> httpx2.Response:
        if request.method == "PATCH":
            return httpx2.Response(409, json={"code": "orderClosed", "reason": "order C1 is completed"})
        return httpx2.Response(200, json={"id": "C1", "productOrderItem": [{"id": "1", "state": states.pop(0)}]})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(respond))
    await adapter("http://carrier", http=http).activate("C1", "1", {"imei": IMEI})
    assert states == []


async def test_an_invalid_imei_is_declined(carrier: Tmf622Carrier) -> None:
    carrier_ref = await delivered(carrier)
    with pytest.raises(CarrierDeclined, match="IMEI"):
        await carrier.activate(carrier_ref, "1", {"imei": "490154203237519"})


async def test_a_rejected_order_is_not_activated(carrier: Tmf622Carrier) -> None:
    carrier_ref = await carrier.submit(carrier_order(simulate="reject"))
    await until_state(carrier, carrier_ref, ItemState.DECLINED)
    with pytest.raises(CarrierDeclined, match="rejected"):
        await carrier.activate(carrier_ref, "1", {"imei": IMEI})


@pytest.mark.parametrize(("carrier_ref", "item_id"), [(None, "7"), ("nobody", "1")])
async def test_an_unknown_order_or_item_is_not_activated(
    carrier: Tmf622Carrier, carrier_ref: str | None, item_id: str
) -> None:
    reference = carrier_ref or await carrier.submit(carrier_order())
    with pytest.raises(CarrierDeclined):
        await carrier.activate(reference, item_id, {})


async def test_missing_information_is_sent_to_the_items_that_lack_it(carrier: Tmf622Carrier, client: Client) -> None:
    carrier_ref = await waiting_for_info(carrier)
    await carrier.provide(carrier_ref, ITEMS, {"service_zip": "10001"}, "")
    await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)
    order = await client.read({"id": carrier_ref})
    assert [characteristics_of(order, key)["serviceZip"] for key in ("1", "2")] == ["10001", "10001"]


async def test_an_item_that_is_not_asked_about_is_not_sent_the_answer(carrier: Tmf622Carrier, client: Client) -> None:
    carrier_ref = await waiting_for_info(carrier)
    await carrier.provide(carrier_ref, ["2"], {"imei": IMEI}, "")
    order = await client.read({"id": carrier_ref})
    assert [characteristics_of(order, key).get("IMEI") for key in ITEMS] == [None, IMEI]


async def test_an_answer_is_sent_under_the_name_that_the_action_gives_it(
    carrier: Tmf622Carrier, client: Client
) -> None:
    carrier_ref = await waiting_for_info(carrier, "planSku")
    await carrier.provide(carrier_ref, ITEMS, {"plan": "BASIC"}, "")
    await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)
    sent = characteristics_of(await client.read({"id": carrier_ref}))
    assert (sent["planSku"], sent.get("plan")) == ("BASIC", None)


@pytest.mark.fault("10")
async def test_a_text_is_added_to_the_notes(carrier: Tmf622Carrier, client: Client) -> None:
    carrier_ref = await waiting_for_info(carrier)
    before = (await client.read({"id": carrier_ref}))["note"]
    await carrier.provide(carrier_ref, ITEMS, {}, "The ZIP is 10001.")
    await until_state(carrier, carrier_ref, ItemState.AWAITING_ACTIVATION)
    order = await client.read({"id": carrier_ref})
    assert order["note"] == [*before, {"author": "Dialtone", "text": "The ZIP is 10001."}]
    assert [note["text"] for note in before[1:]] == ["INFORMATION_REQUIRED: Some information is missing."]


@pytest.mark.fault("10")
@pytest.mark.parametrize("activated", [("1",), ("2", "3"), ("3", "1", "2")])
async def test_activating_one_item_loses_nothing_of_the_others(
    carrier: Tmf622Carrier, client: Client, activated: tuple[str, ...]
) -> None:
    items = (phone("1"), phone("2", features=["ROAM-1"]), phone("3"))
    carrier_ref = await carrier.submit(carrier_order(*items))
    await client.until_delivered({"id": carrier_ref}, "3")
    before = await client.read({"id": carrier_ref})
    for key in activated:
        await carrier.activate(carrier_ref, key, {})
        await client.until({"id": carrier_ref}, partial(is_completed, key=key))
    after = await client.read({"id": carrier_ref})
    assert [one["id"] for one in after["productOrderItem"]] == ["1", "2", "3"]
    for key in ("1", "2", "3"):
        assert characteristics_of(after, key).items() >= characteristics_of(before, key).items()
        assert state_of(after, key) == ("completed" if key in activated else "inProgress")
    places = [one["product"]["place"] for one in after["productOrderItem"]]
    assert places == [one["product"]["place"] for one in before["productOrderItem"]]


@pytest.mark.fault("10")
async def test_providing_information_for_one_item_loses_nothing_of_the_others(
    carrier: Tmf622Carrier, client: Client
) -> None:
    carrier_ref = await waiting_for_info(carrier)
    before = await client.read({"id": carrier_ref})
    await carrier.provide(carrier_ref, ["2"], {"service_zip": "10001"}, "")
    await client.until_delivered({"id": carrier_ref}, "1")
    after = await client.read({"id": carrier_ref})
    assert characteristics_of(after, "1").items() >= characteristics_of(before, "1").items()
    assert characteristics_of(after, "2")["serviceZip"] == "10001"


class OddCarrier:
    """A carrier that has this order, takes any change of it, and keeps the changes that it was sent."""

    def __init__(self, order: Any) -> None:
        self.order = order
        self.patches: list[dict[str, Any]] = []

    def respond(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "PATCH":
            self.patches.append(json.loads(request.content))
        return httpx2.Response(200, content=json.dumps(self.order))

    @property
    def adapter(self) -> Tmf622Carrier:
        return adapter("http://carrier", http=httpx2.AsyncClient(transport=httpx2.MockTransport(self.respond)))


ODD_ITEM = {
    "id": "2",
    "action": "add",
    "quantity": 1,
    "state": "pending",
    "product": {"productCharacteristic": [{"name": "IMEI", "value": IMEI}], "place": [{"role": "shipTo"}]},
}
ODD_ORDER = {
    "id": "C1",
    "state": "pending",
    "note": [{"text": "Which ZIP?", "author": "Northwind"}],
    "productOrderItem": [{**ODD_ITEM, "id": "1"}, ODD_ITEM],
}


def nodes(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values, those of lists and documents, too."""
    if path:
        yield path
    if isinstance(document, dict | list):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield from nodes(value, (*path, key))


def without_state(item: Any) -> Any:
    return {name: value for name, value in item.items() if name != "state"} if isinstance(item, dict) else item


# Without these the order doesn't have the item.
NEEDED = {("productOrderItem",), ("productOrderItem", 0), ("productOrderItem", 0, "id")}


@pytest.mark.fault("4")
@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("path", [path for path in nodes(ODD_ORDER) if path not in NEEDED], ids=str)
async def test_what_cannot_be_read_of_an_order_stays_as_it_is(path: tuple[Any, ...], value: Any) -> None:
    order = replaced(ODD_ORDER, path, value)
    carrier = OddCarrier(order)
    await carrier.adapter.activate("C1", "1", {"imei2": "867234020000011"})
    (patch,) = carrier.patches
    first, *others = patch["productOrderItem"]
    added = {entry["name"]: entry["value"] for entry in first["product"]["productCharacteristic"][-2:]}
    assert added == {"activationRequested": True, "IMEI2": "867234020000011"}
    assert others == [without_state(item) for item in order["productOrderItem"][1:]]


@pytest.mark.fault("4")
async def test_an_item_without_a_state_is_completed_if_its_order_is() -> None:
    item = {"id": "1", "action": "add", "product": {}}
    carrier = OddCarrier({"id": "C1", "state": "completed", "productOrderItem": [item]})
    await carrier.adapter.activate("C1", "1", {})
    assert carrier.patches == []


class WritingCarrier:
    """A carrier that writes a number into its order right after it was read, `writes` times.

    `etag` is the form of its ETags, None if it has none.
    """

    def __init__(self, etag: str | None, *, writes: int = 1, state: str = "inProgress") -> None:
        item = {"id": "1", "action": "add", "state": state, "product": {"productCharacteristic": []}}
        self.order: dict[str, Any] = {"id": "C1", "state": state, "productOrderItem": [item]}
        self.etag, self.left, self.version = etag, writes, 0

    def respond(self, request: httpx2.Request) -> httpx2.Response:
        wanted = request.headers.get("If-Match")
        if request.method == "PATCH" and wanted not in {None, f'"{self.version}"'}:
            return httpx2.Response(412, json={"code": "preconditionFailed", "reason": "C1 has changed"})
        if request.method == "PATCH":
            self.order |= json.loads(request.content)
        answer = httpx2.Response(200, json=self.order, headers={"ETag": self.etag % self.version} if self.etag else {})
        if request.method == "GET" and self.left:
            self.left, self.version = self.left - 1, self.version + 1
            known = self.order["productOrderItem"][0]["product"]["productCharacteristic"]
            known.append({"name": "MDN", "value": f"+1312555014{self.version}"})
        return answer

    @property
    def adapter(self) -> Tmf622Carrier:
        return adapter("http://carrier", http=httpx2.AsyncClient(transport=httpx2.MockTransport(self.respond)))


@pytest.mark.fault("10")
@pytest.mark.parametrize("call", ["activate", "provide"])
async def test_what_the_carrier_writes_meanwhile_is_not_replaced(call: str) -> None:
    carrier = WritingCarrier('"%s"', state="pending")
    if call == "activate":
        await carrier.adapter.activate("C1", "1", {"imei": IMEI})
    else:
        await carrier.adapter.provide("C1", ["1"], {"imei": IMEI}, "")
    known = characteristics_of(carrier.order, "1")
    assert (known["MDN"], known["IMEI"]) == ("+13125550141", IMEI)


@pytest.mark.fault("10")
async def test_an_order_that_the_carrier_keeps_changing_is_amended_later() -> None:
    carrier = WritingCarrier('"%s"', writes=5)
    with pytest.raises(CarrierUnavailable, match="each time"):
        await carrier.adapter.activate("C1", "1", {})
    await carrier.adapter.activate("C1", "1", {})
    known = characteristics_of(carrier.order, "1")
    assert known["activationRequested"] is True


@pytest.mark.fault("10")
@pytest.mark.parametrize("etag", [None, 'W/"%s"', "%s"])
async def test_a_carrier_without_a_strong_etag_gets_no_condition(etag: str | None) -> None:
    carrier = WritingCarrier(etag)
    await carrier.adapter.activate("C1", "1", {"imei": IMEI})
    assert characteristics_of(carrier.order, "1")["IMEI"] == IMEI


class MaskingCarrier:
    """A carrier that returns `shown` in place of the PIN that it has, None for nothing at all, and keeps the PIN.

    The PIN changes only if a PATCH sends one.
    """

    def __init__(self, shown: str | None) -> None:
        self.pin, self.vip = "4711", {"name": "vip", "valueType": "boolean", "value": True}
        self.shown = shown
        self.patches: list[dict[str, Any]] = []

    def respond(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "PATCH":
            self.patches.append(json.loads(request.content))
            (item,) = self.patches[-1]["productOrderItem"]
            sent = {entry["name"]: entry["value"] for entry in item["product"]["productCharacteristic"]}
            self.pin = sent.get("portPin", self.pin)
        pin = [{"name": "portPin", "value": self.shown}] if self.shown else []
        item = {
            "id": "1",
            "action": "add",
            "state": "pending",
            "appointment": {"id": "A1"},
            "product": {"id": "P1", "productCharacteristic": [*pin, self.vip]},
        }
        return httpx2.Response(200, json={"id": "C1", "state": "pending", "productOrderItem": [item]})


@pytest.mark.fault("10")
@pytest.mark.parametrize("shown", ["****", "••11", "", None])
@pytest.mark.parametrize("secrets", [{}, {"1": {"pin": "4711"}}])
@pytest.mark.parametrize(("answers", "pin"), [({"area_code": "312"}, "4711"), ({"pin": "0815"}, "0815")])
async def test_a_secret_that_the_carrier_hides_is_not_replaced_by_its_mask(
    add_module: AddModule, shown: str | None, secrets: Secrets, answers: dict[str, str], pin: str
) -> None:
    add_sent_secret(add_module)
    masking = MaskingCarrier(shown)
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(masking.respond))
    await adapter("http://carrier", http=http).provide("C1", ["1"], answers, "", secrets=secrets)
    assert masking.pin == pin
    (item,) = masking.patches[0]["productOrderItem"]
    assert (item["appointment"], item["product"]["id"]) == ({"id": "A1"}, "P1")
    assert masking.vip in item["product"]["productCharacteristic"]
    assert "state" not in item


async def test_nothing_is_sent_if_no_item_is_pending(carrier: Tmf622Carrier, client: Client) -> None:
    carrier_ref = await carrier.submit(carrier_order(own_device()))
    await until_state(carrier, carrier_ref, ItemState.DONE)
    before = await client.read({"id": carrier_ref})
    await carrier.provide(carrier_ref, ITEMS, {"service_zip": "10001"}, "")
    assert await client.read({"id": carrier_ref}) == before
