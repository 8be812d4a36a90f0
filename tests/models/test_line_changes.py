from dataclasses import replace
from datetime import date

import pytest

from models.event import find_event
from models.inventory import Device, DeviceStatus, InventoryState, Line, LineStatus, Sim, SimStatus
from models.line_change import LINE_CHANGES, ChangeInput, LineChange, find_line_change
from models.registry import load

TODAY = date(2026, 11, 30)
LINE = Line(id="1", carrier="c", status=LineStatus.SUSPENDED, account_id="a", plan="p", device_id="1", sim_id="1")
DEVICE = Device(id="1", sku="s", status=DeviceStatus.ACTIVE, account_id="a", person_id="p")
SIM = Sim(id="1", carrier="c", status=SimStatus.ACTIVE, kind="eSIM")


@pytest.mark.parametrize(
    ("change", "line", "sim", "disconnected_on"),
    [
        ("resume", LineStatus.ACTIVE, SimStatus.ACTIVE, None),
        ("reconnect", LineStatus.ACTIVE, SimStatus.ACTIVE, None),
        ("disconnect", LineStatus.DISCONNECTED, SimStatus.RETIRED, TODAY),
    ],
)
def test_how_a_suspension_ends(change: str, line: LineStatus, sim: SimStatus, disconnected_on: date | None) -> None:
    after = find_line_change(change).apply(InventoryState(line=LINE, device=DEVICE, sim=SIM), ChangeInput(today=TODAY))
    assert after.sim is not None
    assert (after.required_line.status, after.sim.status, after.device) == (line, sim, DEVICE)
    assert after.required_line.disconnected_on == disconnected_on


def test_a_number_that_is_given_up_ends_the_line() -> None:
    line = replace(LINE, status=LineStatus.DISCONNECTED, disconnected_on=TODAY)
    after = find_line_change("give_up").apply(InventoryState(line=line, device=DEVICE), ChangeInput(today=TODAY))
    assert after == InventoryState(line=replace(line, status=LineStatus.TERMINATED), device=DEVICE)


def test_every_change_records_events_that_exist() -> None:
    for change in load(LINE_CHANGES, LineChange).values():
        requested = (change.request.requested, change.request.failed) if change.request else ()
        assert all(find_event(code) for code in (change.event, *requested))
