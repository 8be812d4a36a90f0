import pytest

from models.effects import suspension
from models.inventory import Device, DeviceStatus, InventoryState, Line, LineStatus, Sim, SimStatus
from models.timers import SuspensionEnd

LINE = Line(id="1", carrier="c", status=LineStatus.SUSPENDED, account_id="a", plan="p", device_id="1", sim_id="1")
DEVICE = Device(id="1", sku="s", status=DeviceStatus.ACTIVE, account_id="a", person_id="p")
SIM = Sim(id="1", carrier="c", status=SimStatus.ACTIVE, kind="eSIM")


@pytest.mark.parametrize(
    ("ending", "line", "sim"),
    [
        (SuspensionEnd.RESUME, LineStatus.ACTIVE, SimStatus.ACTIVE),
        (SuspensionEnd.RECONNECT, LineStatus.ACTIVE, SimStatus.ACTIVE),
        (SuspensionEnd.DISCONNECT, LineStatus.DISCONNECTED, SimStatus.RETIRED),
    ],
)
def test_how_a_suspension_ends(ending: SuspensionEnd, line: LineStatus, sim: SimStatus) -> None:
    after = suspension.end(InventoryState(line=LINE, device=DEVICE, sim=SIM), ending)
    assert after.sim is not None
    assert (after.required_line.status, after.sim.status, after.device) == (line, sim, DEVICE)
