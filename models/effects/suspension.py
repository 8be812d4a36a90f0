"""Suspending a line, and what becomes of it when the suspension ends."""

from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import DeviceStatus, InventoryState, Line, LineStatus, SimStatus
from models.questions.products import PLAN
from models.questions.resumption import DEVICE_IN_HAND
from models.questions.suspension import SUSPEND_REASON
from models.timers import SuspensionEnd


def _suspend(state: InventoryState, params: EffectInput) -> InventoryState:
    reason = SUSPEND_REASON.of(params.answers)
    return replace(state, line=replace(state.required_line, status=LineStatus.SUSPENDED, suspended_for=reason))


def _resume(state: InventoryState, params: EffectInput) -> InventoryState:
    """A device that was lost or stolen is in use again if it was found."""
    line, device = state.required_line, state.device
    if device and device.status is DeviceStatus.LOST_STOLEN and DEVICE_IN_HAND.of(params.answers):
        device = replace(device, status=DeviceStatus.ACTIVE)
    plan = PLAN.of(params.answers) or line.plan
    return replace(state, line=_in_service(replace(line, plan=plan)), device=device)


def _in_service(line: Line) -> Line:
    return replace(line, status=LineStatus.ACTIVE, suspended_for=None)


def end(state: InventoryState, ending: SuspensionEnd) -> InventoryState:
    """The line is in use again, or disconnected: then its SIM is retired, and the device keeps its holder."""
    if ending is not SuspensionEnd.DISCONNECT:
        return replace(state, line=_in_service(state.required_line))
    return replace(
        state,
        line=replace(state.required_line, status=LineStatus.DISCONNECTED, suspended_for=None),
        sim=state.sim and replace(state.sim, status=SimStatus.RETIRED),
    )


SUSPEND_LINE = Effect(code="suspend_line", apply=_suspend, changes=frozenset({"line.status", "line.suspended_for"}))
RESUME_LINE = Effect(
    code="resume_line",
    apply=_resume,
    changes=frozenset({"line.status", "line.suspended_for", "line.plan", "device.status"}),
)
