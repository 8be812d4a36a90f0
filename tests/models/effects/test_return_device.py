"""What is charged for a device that comes back too late."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.effects.return_device import RETURN_TO_CARRIER
from models.inventory import Device, DeviceStatus, InventoryState
from models.returns import DeviceCondition, ReturnCase, ReturnState
from tests.models.effects.test_new_line import effect_input

OURS, CARRIERS, TODAYS = Decimal("199.00"), Decimal("80.00"), Decimal("149.00")
LATE = datetime(2026, 12, 1, tzinfo=UTC)
CHARGED = ReturnCase(id="i", state=ReturnState.INSPECTED, price=TODAYS, late_charge=OURS, charged_at=LATE)


@pytest.mark.parametrize(
    ("condition", "by_carrier", "charged"),
    [
        (None, None, (None, None)),
        (DeviceCondition.WORKING, None, (None, None)),
        (DeviceCondition.DAMAGED, CARRIERS, (CARRIERS, None)),
        (DeviceCondition.BROKEN, None, (None, OURS)),
        (DeviceCondition.BROKEN, CARRIERS, (CARRIERS, None)),
        (DeviceCondition.LOCKED, None, (None, OURS)),
        (DeviceCondition.LOCKED, CARRIERS, (CARRIERS, None)),
    ],
)
def test_a_late_charge_is_taken_back_whatever_the_device_costs_today_and_is_never_a_second_one(
    condition: DeviceCondition | None, by_carrier: Decimal | None, charged: tuple[Decimal | None, Decimal | None]
) -> None:
    device = Device(id="d", sku="PHONE-1", account_id="A", status=DeviceStatus.PENDING_RETURN)
    case = replace(CHARGED, condition=condition, chargeback=by_carrier)
    after = RETURN_TO_CARRIER.apply(InventoryState(device=device, return_case=case), effect_input()).return_case
    assert after is not None
    assert ((after.chargeback, after.late_charge), after.charged_at) == (charged, LATE if charged[1] else None)
