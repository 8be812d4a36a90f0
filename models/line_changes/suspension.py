"""How a suspension ends."""

from dataclasses import replace

from models.events.suspension import (
    LINE_DISCONNECTED,
    LINE_RESUMED,
    RESUME_FAILED,
    RESUME_REQUESTED,
    SUSPENSION_LIMIT_REACHED,
)
from models.inventory import InventoryState, LineStatus, SimStatus
from models.line_change import CarrierRequest, ChangeInput, LineChange


def _resume(state: InventoryState, _: ChangeInput) -> InventoryState:
    return replace(state, line=replace(state.required_line, status=LineStatus.ACTIVE, suspended_for=None))


def _disconnect(state: InventoryState, params: ChangeInput) -> InventoryState:
    """The SIM is retired; the device keeps its holder."""
    return replace(
        state,
        line=replace(
            state.required_line, status=LineStatus.DISCONNECTED, suspended_for=None, disconnected_on=params.today
        ),
        sim=state.sim and replace(state.sim, status=SimStatus.RETIRED),
    )


RESUME = LineChange(
    code="resume",
    event=LINE_RESUMED.code,
    outcome="resumed",
    at_limit=False,
    apply=_resume,
    request=CarrierRequest(action="resume", requested=RESUME_REQUESTED.code, failed=RESUME_FAILED.code),
)
RECONNECT = LineChange(code="reconnect", event=LINE_RESUMED.code, outcome="reconnected", at_limit=True, apply=_resume)
DISCONNECT = LineChange(
    code="disconnect", event=LINE_DISCONNECTED.code, outcome="disconnected", at_limit=True, apply=_disconnect
)
FIND_OUT = LineChange(
    code="find_out",
    event=LINE_RESUMED.code,
    outcome="resumed",
    at_limit=True,
    apply=_resume,
    request=CarrierRequest(
        action="resume",
        requested=RESUME_REQUESTED.code,
        failed=SUSPENSION_LIMIT_REACHED.code,
        problem="The carrier doesn't publish what it does with a line that has been suspended for this long.",
    ),
)
