"""What every carrier action sends, and what it leaves out; the `traffic` fixture checks each request."""

from dataclasses import replace
from typing import Any

import pytest

from carriers.base import CarrierOrderItem
from carriers.tmf622 import Tmf622Carrier
from carriers.tmf622.action import PACKAGE, CarrierAction, find_action
from models import questions
from models.errors import CarrierDeclined
from models.lifecycle import ItemState
from models.order import Identifiers
from models.registry import load
from tests.carriers.carrier_client import LINE, carrier_order, sample_answer, until_state
from tests.demo.simulator import simulator_client
from tests.demo.simulator.simulator_client import Client, characteristics_of
from tests.tmf622.traffic import Traffic

ACTIONS = load(PACKAGE, CarrierAction)
EVERY_ACTION = pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
QUESTIONS = questions.all_by_code()
NEW_ICCID = "8901991000000000010"


def item(action: str, **changes: Any) -> CarrierOrderItem:
    return CarrierOrderItem(item_id="1", action=action, subject=LINE, changes=changes)


async def sent(carrier: Tmf622Carrier, client: Client, item: CarrierOrderItem, **changes: Any) -> dict[str, Any]:
    """The item as the carrier has stored it."""
    placed = await client.read({"id": await carrier.submit(carrier_order(item, **changes))})
    return dict(placed["productOrderItem"][0])


@EVERY_ACTION
async def test_an_order_of_every_action_is_valid_with_and_without_answers(
    carrier: Tmf622Carrier, client: Client, traffic: Traffic, action: CarrierAction
) -> None:
    full = item(action.code, **{code: sample_answer(code) for code in action.sends})
    if action.verb == "delete":
        await client.add_products({**simulator_client.LINE, "id": "PRD-TO-END"})
        full = replace(full, subject=replace(LINE, carrier_product_id="PRD-TO-END"))
    await carrier.submit(carrier_order(full, instructions="Ring twice."))
    await carrier.submit(carrier_order(replace(full, changes={}), ship_to=None))
    assert ("POST /productOrder", 201) in traffic.responses


@EVERY_ACTION
async def test_nothing_is_sent_that_the_action_does_not_name(action: CarrierAction) -> None:
    answers = {code: sample_answer(code) for code in {*QUESTIONS, "device_tac"}} | {"color": "red"}
    characteristics = action.characteristics(item(action.code, **answers))
    numbers = {action.renames.get(name, name.upper()): getattr(LINE, name) for name in action.named_by}
    named = {name: answers[code] for code, name in action.sends.items()}
    assert characteristics == {**action.sets, **numbers, **named}


@EVERY_ACTION
def test_every_answer_of_an_action_belongs_to_a_question(action: CarrierAction) -> None:
    assert action.sends.keys() - {"device_tac"} <= set(QUESTIONS)


def test_all_actions_send_a_question_under_the_same_name_and_each_name_is_of_one_question() -> None:
    sent = {pair for action in ACTIONS.values() for pair in action.sends.items()}
    assert len({code for code, _ in sent}) == len({name for _, name in sent}) == len(sent)


@EVERY_ACTION
def test_a_change_of_a_line_names_the_line_by_its_number(action: CarrierAction) -> None:
    assert action.verb == "add" or "mdn" in action.named_by


@pytest.mark.parametrize("code", [action.code for action in ACTIONS.values() if action.verb != "add"])
async def test_a_change_of_a_line_without_a_number_is_not_sent(
    carrier: Tmf622Carrier, traffic: Traffic, code: str
) -> None:
    with pytest.raises(CarrierDeclined, match="The line has no number yet"):
        await carrier.submit(carrier_order(replace(item(code), subject=Identifiers())))
    assert "POST /productOrder" not in [request for request, _ in traffic.responses]


async def test_an_address_in_an_answer_is_sent_as_a_geographic_address(carrier: Tmf622Carrier, client: Client) -> None:
    placed = await sent(carrier, client, item("update_subscriber", service_address=sample_answer("service_address")))
    address = {entry["name"]: entry["value"] for entry in placed["product"]["productCharacteristic"]}["serviceAddress"]
    assert address["@type"] == "GeographicAddress"
    assert {"streetName", "city", "stateOrProvince", "postcode"} <= address.keys()
    assert not {"line1", "line2", "state", "postal_code"} & address.keys()


@pytest.mark.parametrize(("action", "shipped"), [("new_line", True), ("suspend", False)])
async def test_the_address_is_sent_by_actions_that_ship(
    carrier: Tmf622Carrier, client: Client, action: str, *, shipped: bool
) -> None:
    assert ("place" in (await sent(carrier, client, item(action)))["product"]) is shipped


async def test_a_suspended_line_is_named_by_its_number_alone(carrier: Tmf622Carrier, client: Client) -> None:
    suspended = item("suspend", line="L1", suspend_reason="lost", billing=False, resume_on="2026-12-01")
    found = await sent(carrier, client, suspended)
    assert characteristics_of({"productOrderItem": [found]}) == {
        "lineStatus": "suspended",
        "MDN": LINE.mdn,
        "suspendReason": "lost",
        "billing": False,
    }


def test_the_timer_of_a_suspension_asks_for_an_action_that_exists() -> None:
    assert find_action("resume").sets == {"lineStatus": "active"}


async def test_a_new_sim_has_nothing_of_the_old_one(carrier: Tmf622Carrier, client: Client) -> None:
    change = carrier_order(item("change_sim", iccid=NEW_ICCID, sim_type="pSIM"))
    carrier_ref = await carrier.submit(change)
    update = await until_state(carrier, carrier_ref, ItemState.DONE)
    assert update.items[0].identifiers == Identifiers(
        mdn=LINE.mdn, iccid=NEW_ICCID, carrier_product_id=LINE.carrier_product_id
    )
    assert (await client.read({"id": carrier_ref}))["productOrderItem"][0]["action"] == "modify"
