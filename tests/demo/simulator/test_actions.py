"""How the carrier recognizes what an item asks for, and what each action answers."""

from typing import Any

import pytest

from demo.simulator.actions.new_line import NEW_LINE
from demo.simulator.clock import today
from demo.simulator.numbers import NumberGenerator
from demo.simulator.recognition import PACKAGE, load, recognize
from tests.demo.simulator.simulator_client import Client, Listener, characteristics_of, item, phone, suspension
from tests.fixtures.throw_away import AddModule

LINE = {"MDN": "+12125551234"}
NEW_ICCID = "8901991000000000010"
# Their codes and characteristics are those of no real action.
CHANGES_AND_GOODS = """
from demo.simulator import equipment
from demo.simulator.action import SimulatedAction

NUMBER = SimulatedAction(
    code="try_number",
    verb="modify",
    one_of=("tryAreaCode",),
    assigns=lambda requested, numbers: {"MDN": numbers.mdn(requested["tryAreaCode"])},
)
TAG = SimulatedAction(code="try_tag", verb="modify", one_of=("tryTag",), reads=("ICCID", "EID"))
LABEL = SimulatedAction(code="try_label", verb="modify", one_of=("tryLabel",))
GOODS = SimulatedAction(code="try_goods", verb="add", one_of=("tryGoods",), ships=lambda _: True)
SIM = SimulatedAction(
    code="try_sim",
    verb="add",
    one_of=("tryQuantity",),
    reads=("simType",),
    assigns=equipment.assigns,
    reveals=lambda _, __: {"pin": "1234"},
    results=lambda _: {"usedUp": False},
)
"""


def recognized(requested: dict[str, Any]) -> str | None:
    action = recognize(requested)
    return action.code if action else None


@pytest.mark.parametrize(
    ("requested", "action"),
    [
        (phone(), "new_line"),
        (item("add", simType="eSIM", IMEI="490154203237518"), "new_line"),
        (suspension(suspendReason="lost"), "suspend"),
        (item("modify", lineStatus="active", **LINE), "resume"),
        (item("modify", lineStatus="parked", **LINE), None),
        (item("modify", deviceSku="PHONE"), None),
        (item("delete", **LINE), "terminate"),
        (item("add", recoverMDN="+12125551234"), "reconnect"),
        (item("add"), None),
    ],
)
def test_an_action_is_recognized_by_verb_and_characteristics(requested: dict[str, Any], action: str | None) -> None:
    assert recognized(requested) == action


@pytest.mark.parametrize(
    ("requested", "action"),
    [
        (item("modify", ICCID=NEW_ICCID, **LINE), "change_sim"),
        (item("modify", tryTag="T1", ICCID=NEW_ICCID, **LINE), "try_tag"),
        (item("add", tryQuantity=2, simType="pSIM"), "try_sim"),
        (item("add", simType="pSIM"), "new_line"),
        (item("modify", tryLabel="Lab", EID="89"), None),
    ],
)
def test_of_two_actions_that_fit_the_one_that_knows_more_applies(
    add_module: AddModule, requested: dict[str, Any], action: str | None
) -> None:
    add_module(PACKAGE, CHANGES_AND_GOODS)
    assert recognized(requested) == action


def test_a_code_that_two_modules_define_is_an_error(add_module: AddModule) -> None:
    source = "from demo.simulator.action import SimulatedAction\nX = SimulatedAction(code='resume', verb='add')"
    add_module(PACKAGE, source)
    with pytest.raises(ValueError, match="the action 'resume' is already defined"):
        load()


async def test_an_item_that_no_action_recognizes_is_rejected_after_it_was_accepted(
    client: Client, listener: Listener
) -> None:
    order = await client.place(phone("1"), item("modify", "2", color="red", **LINE))
    await listener.until_state("rejected")
    now = await client.read(order)
    assert [note["text"] for note in now["note"]] == ["UNKNOWN_ACTION: item 2: this carrier has no such action"]
    assert characteristics_of(now, "2")["failureCode"] == "UNKNOWN_ACTION"


async def test_a_changed_sim_is_confirmed_and_nothing_else_is_returned(client: Client) -> None:
    changed = item("modify", ICCID=NEW_ICCID, **LINE)
    done = await client.until(await client.place(changed), "completed")
    assert characteristics_of(done) == {**LINE, "ICCID": NEW_ICCID}


@pytest.mark.parametrize(
    ("words", "applied", "refused"),
    [("", ["PTT", "EU", "VM"], []), ("last", ["PTT", "EU"], ["VM"]), ("EU VM", ["PTT"], ["EU", "VM"])],
)
async def test_features_change_one_by_one(client: Client, words: str, applied: list[str], refused: list[str]) -> None:
    behavior: dict[str, Any] = {"simulate": {"refuseFeatures": words}} if words else {}
    changed = item("modify", addFeatureSkus=["PTT", "EU"], removeFeatureSkus=["VM"], **LINE, **behavior)
    done = await client.until(await client.place(changed), "completed")
    found = characteristics_of(done)
    assert found["appliedFeatureSkus"] == applied
    reason = "not available for this line"
    assert found["refusedFeatureSkus"] == [{"sku": sku, "reason": reason} for sku in refused]


async def test_a_changed_plan_says_since_when(client: Client) -> None:
    done = await client.until(await client.place(item("modify", planSku="P", effective="now", **LINE)), "completed")
    assert characteristics_of(done)["planFrom"] == today().isoformat()


async def test_an_identifier_that_names_the_line_can_be_replaced(client: Client, add_module: AddModule) -> None:
    add_module(PACKAGE, CHANGES_AND_GOODS)
    done = await client.until(await client.place(item("modify", tryAreaCode="305", **LINE)), "completed")
    assert characteristics_of(done)["MDN"].startswith("+1305")


async def test_goods_that_need_no_activation_are_complete_when_delivered(client: Client, add_module: AddModule) -> None:
    add_module(PACKAGE, CHANGES_AND_GOODS)
    done = await client.until(await client.place(item("add", tryGoods=["CASE"])), "completed")
    assert characteristics_of(done).keys() == {"tryGoods", "trackingNumber", "shippingCarrier", "deliveredAt"}


async def test_an_action_in_a_new_module_assigns_reveals_and_reports(client: Client, add_module: AddModule) -> None:
    add_module(PACKAGE, CHANGES_AND_GOODS)
    order = await client.until(await client.place(item("add", tryQuantity=1, simType="pSIM")), "completed")
    listed = (await client.http.get("/productOrder")).json()[0]
    assert characteristics_of(listed).keys() == {"tryQuantity", "simType", "ICCID", "usedUp"}
    assert characteristics_of(order) == {**characteristics_of(listed), "pin": "1234"}


async def test_a_new_line_gets_only_the_identifiers_it_lacks(client: Client) -> None:
    own_sim = phone(ICCID=NEW_ICCID)
    known = characteristics_of(await client.until_delivered(await client.place(own_sim)))
    assert known["ICCID"] == NEW_ICCID
    assert known.keys() & {"MDN", "ICCID", "EID", "IMEI", "IMEI2"} == {"MDN", "ICCID", "IMEI"}


def test_a_phone_with_an_esim_has_two_imeis() -> None:
    numbers = NumberGenerator(series=1, slug="test-mobile", area_code="646", claim=lambda _: True)
    identifiers = NEW_LINE.assigns({"simType": "eSIM", "deviceSku": "PHONE"}, numbers)
    assert set(identifiers) == {"MDN", "EID", "IMEI", "IMEI2"}
    assert identifiers["IMEI"] != identifiers["IMEI2"]


def test_a_type_code_of_seven_digits_is_rejected() -> None:
    assert (NEW_LINE.rejects({"deviceTac": "4901542"}) or ("",))[0] == "INVALID_DEVICE_TAC"
