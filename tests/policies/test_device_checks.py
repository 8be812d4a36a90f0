"""Orders about devices: who can submit them, for which devices, and whom and what they are for."""

from dataclasses import replace
from typing import Any

import pytest

from models.facts import NO_ONE, Facts, NamedDevice, Person, Role
from models.holder import NOBODY
from models.inventory import Device, DeviceStatus, Line
from models.order_type import Aspect
from models.step import Place, Rule
from policies.approval import plan
from policies.device_actions import device_options
from policies.eligibility import check
from policies.line_access import NO_DEVICE_PERMISSION
from policies.order_title import order_title
from policies.pricing import quote
from tests.policies.sample_facts import ANN, MIA, VIC, facts, named_line, person
from tests.sample_types import sample_type

BO, KIM = person("Bo"), person("Kim")
ON_LINE = named_line("l1", ANN, (MIA, VIC), mdn="+13125550142").line
RETURN = sample_type(
    "device_held",
    title="Return device",
    checks=("requester_may_order", "device_known", "devices_together", "billed_by_carrier"),
    steps=(Rule(), Place("suspend")),
    approval="NONE",
)


def device(device_id: str, holder: Person | None, line: Line | None = None, **fields: Any) -> NamedDevice:
    record = {"sku": "P", "status": DeviceStatus.ACTIVE, "account_id": facts().account.id, **fields}
    return NamedDevice(
        device=Device(id=device_id, person_id=holder.id if holder else None, **record),
        name="iPhone 17",
        line=line,
        assigned_to=holder or NO_ONE,
        managers=(MIA, VIC) if holder else (),
        lineage=(record["account_id"],),
    )


PHONE, SPARE = device("d1", ANN, ON_LINE), device("d2", None)


def returning(*devices: NamedDevice, **changes: Any) -> Facts:
    """Ann orders for these devices."""
    known = {one.device.id: one for one in devices}
    answers = tuple({"device_held": one.device.id} for one in devices)
    return replace(facts(), type=RETURN, answers=answers, devices=known, **changes)


def codes(known: Facts) -> list[tuple[str, str | None]]:
    return [(error.code, error.field) for error in check(known)]


@pytest.mark.parametrize("requester", [ANN, MIA, VIC, person("Des", roles=frozenset({Role.DESK}))])
def test_the_holder_managers_and_staff_can_order_for_a_device(requester: Person) -> None:
    assert codes(returning(PHONE, requester=requester)) == []


def test_the_owner_of_the_account_can_order_for_a_device() -> None:
    assert codes(returning(replace(PHONE, owner_ids=("olga",)), requester=person("Olga"))) == []


def test_a_colleague_cannot_order_for_a_device_and_learns_nothing_about_it() -> None:
    retired = device("d1", ANN, status=DeviceStatus.RETIRED)
    (error,) = check(returning(retired, requester=KIM))
    assert (error.code, error.field) == ("NOT_AUTHORIZED_ON_BEHALF", "items.0.device_held")
    assert error.detail == NO_DEVICE_PERMISSION


def test_a_spare_device_is_for_staff() -> None:
    assert codes(returning(SPARE, beneficiary=replace(ANN))) == [
        ("NOT_AUTHORIZED_ON_BEHALF", "items.0.device_held"),
        ("NOT_THE_HOLDER", "beneficiary_id"),
    ]


def test_only_the_holder_of_a_device_can_be_the_beneficiary() -> None:
    (error,) = check(returning(PHONE, beneficiary=BO))
    assert (error.code, error.field) == ("NOT_THE_HOLDER", "beneficiary_id")
    assert error.detail == "This device isn't assigned to Bo. Leave this blank to order for its user."


@pytest.mark.covers("DEVICE_NOT_FOUND")
def test_a_device_that_is_not_there_is_named_as_it_was_entered() -> None:
    known = replace(returning(PHONE), answers=({"device_held": "353322119876543"},))
    (error,) = check(known)
    assert (error.code, error.field) == ("DEVICE_NOT_FOUND", "items.0.device_held")
    assert error.detail == 'No device matches "353322119876543".'


@pytest.mark.covers("DEVICE_ENDED")
@pytest.mark.parametrize("status", [DeviceStatus.RETIRED, DeviceStatus.VOID])
def test_a_device_that_has_left_the_inventory_cannot_be_ordered_for(status: DeviceStatus) -> None:
    ended = returning(device("d1", ANN, ON_LINE, status=status))
    assert codes(ended) == [("DEVICE_ENDED", "items.0.device_held")]


@pytest.mark.parametrize("status", sorted(set(DeviceStatus) - {DeviceStatus.RETIRED, DeviceStatus.VOID}))
def test_any_other_device_can_be_ordered_for(status: DeviceStatus) -> None:
    assert codes(returning(device("d1", ANN, ON_LINE, status=status))) == []


@pytest.mark.covers("DUPLICATE_DEVICE")
def test_a_device_is_named_once() -> None:
    known = returning(PHONE)
    assert codes(replace(known, answers=known.answers * 2)) == [("DUPLICATE_DEVICE", "items.1.device_held")]


@pytest.mark.covers("DEVICE_OF_OTHER_ACCOUNT")
def test_the_devices_of_an_order_belong_to_its_account() -> None:
    other = device("d3", ANN, ON_LINE, account_id="other")
    assert codes(returning(PHONE, other)) == [("DEVICE_OF_OTHER_ACCOUNT", "items.1.device_held")]


@pytest.mark.covers("DEVICE_OF_OTHER_CARRIER")
@pytest.mark.parametrize("line", [None, replace(ON_LINE, id="l2", carrier="another")])
def test_the_devices_of_an_order_have_one_carrier_or_none(line: Line | None) -> None:
    other = device("d3", ANN, line)
    found = codes(returning(PHONE, other))
    assert ("DEVICE_OF_OTHER_CARRIER", "items.1.device_held") in found
    without = replace(RETURN, steps=(Rule(),))
    assert "DEVICE_OF_OTHER_CARRIER" not in dict(codes(replace(returning(PHONE, other), type=without)))


def test_the_carrier_of_a_device_must_have_an_account_to_charge() -> None:
    unbilled = replace(ON_LINE, carrier="another", carrier_account=None)
    assert codes(returning(device("d1", ANN, unbilled))) == [("CARRIER_ACCOUNT_MISSING", "items.0.device_held")]
    assert codes(returning(device("d1", ANN))) == []


def test_the_holder_of_a_device_is_tied_to_its_order() -> None:
    known = returning(device("d1", BO), requester=VIC)
    assert {BO.id, VIC.id} <= known.tied
    assert known.lines == {}


def test_the_title_names_the_first_device() -> None:
    texts = replace(RETURN.texts, order_title="Return {subject}")
    assert order_title(texts, returning(PHONE)) == "Return iPhone 17"
    assert order_title(texts, returning(PHONE, device("d3", ANN))) == "Return iPhone 17 and 1 more"


def test_a_manager_who_uses_the_device_does_not_approve() -> None:
    kind = replace(RETURN, approval="MANAGER")
    known = replace(returning(device("d1", MIA), requester=BO), type=kind)
    (stage,) = plan(known, quote(known), ())
    assert "Mia, Ann's manager, uses the device." in stage.why


def test_a_device_of_nobody_is_ordered_for_by_staff() -> None:
    desk = person("Des", roles=frozenset({Role.DESK}))
    known = returning(SPARE, requester=desk)
    nobody = replace(known.devices["d2"].assigned_to)
    assert nobody.holder == NOBODY
    assert codes(replace(known, beneficiary=nobody)) == []


@pytest.mark.parametrize(
    ("status", "claims", "can_order", "is_billed", "code"),
    [
        (DeviceStatus.ACTIVE, {}, True, True, None),
        (DeviceStatus.ACTIVE, {"sim": "T1"}, True, True, None),
        (DeviceStatus.ACTIVE, {"use": "T1"}, True, True, "DEVICE_RESERVED"),
        (DeviceStatus.RETIRED, {"use": "T1"}, True, True, "DEVICE_ENDED"),
        (DeviceStatus.ACTIVE, {}, True, False, "CARRIER_ACCOUNT_MISSING"),
        (DeviceStatus.ACTIVE, {}, False, True, "NOT_AUTHORIZED_ON_BEHALF"),
    ],
)
def test_a_device_offers_the_orders_that_can_be_placed(
    status: DeviceStatus, claims: dict[str, str], can_order: bool, is_billed: bool, code: str | None
) -> None:
    kind = replace(RETURN, touches=(Aspect.USE,))
    (option,) = device_options(
        [kind, sample_type("line"), sample_type("plan")],
        device("d1", ANN, status=status).device,
        claims,
        can_order=can_order,
        is_billed=is_billed,
    )
    assert (option.type, option.code, option.allowed) == (kind, code, code is None)
    assert ("T1" in (option.why_not or "")) == (code == "DEVICE_RESERVED")
