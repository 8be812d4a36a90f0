from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.effect import EffectInput
from models.effects.new_line import NEW_LINE
from models.holder import Holder
from models.inventory import InventoryState, Sim, SimStatus
from models.order import Identifiers

ICCID = "8901991111110000001"


def effect_input(**changes: Any) -> EffectInput:
    """The usual input, with these changes."""
    usual: dict[str, Any] = {
        "line_id": "L",
        "device_id": "D",
        "sim_id": "S",
        "carrier": "northwind",
        "account_id": "A",
        "holder": Holder.of(person_id="P"),
        "holder_account_id": None,
        "cost_center": "CC-1",
        "upgrade_months": 24,
        "at": datetime(2024, 2, 29, 12, tzinfo=UTC),
        "today": date(2024, 2, 29),
        "answers": {"device": "PHONE-1", "plan": "PLAN-1", "sim_type": "pSIM"},
        "reported": Identifiers(mdn="+13125550142", iccid=ICCID),
    }
    return EffectInput(**(usual | changes))


def applied(**changes: Any) -> InventoryState:
    """The inventory after an order for a new line."""
    params = effect_input(**changes)
    assert NEW_LINE.reservation is not None
    return NEW_LINE.apply(NEW_LINE.reservation.make(InventoryState(), params), params)


@pytest.mark.parametrize("holder", [Holder.of(person_id="P"), Holder.of(site_id="S")], ids=lambda holder: holder.kind)
def test_the_line_and_its_device_are_the_holders(holder: Holder) -> None:
    state = applied(holder=holder)
    assert state.device is not None
    assert state.required_line.holder == state.device.holder == holder
    assert (state.required_line.activated_on, state.required_line.upgrade_on) == (date(2024, 2, 29), date(2026, 2, 28))


def test_a_sim_that_is_not_in_stock_is_added() -> None:
    assert applied().sim == Sim(id="S", carrier="northwind", status=SimStatus.ACTIVE, kind="pSIM", iccid=ICCID)


def test_a_sim_in_stock_is_used() -> None:
    known = Sim(id="K", carrier="bluepeak", status=SimStatus.IN_STOCK, kind="eSIM", iccid=ICCID, eid="1")
    state = applied(known_sim=known)
    assert state.sim == Sim(id="K", carrier="northwind", status=SimStatus.ACTIVE, kind="eSIM", iccid=ICCID, eid="1")
    assert state.required_line.sim_id == "K"


def test_the_carriers_report_counts_more_than_the_answer() -> None:
    answers = {"iccid": "8901991111110000002"}
    answered, reported = applied(answers=answers, reported=Identifiers()), applied(answers=answers)
    assert answered.sim is not None
    assert reported.sim is not None
    assert (answered.sim.iccid, reported.sim.iccid) == ("8901991111110000002", ICCID)
