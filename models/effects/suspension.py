"""Suspending a line."""

from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import DeviceStatus, InventoryState, LineStatus, SimStatus
from models.questions.products import PLAN
from models.questions.resumption import DEVICE_IN_HAND
from models.questions.suspension import SUSPEND_REASON


def _suspend(state: InventoryState, params: EffectInput) -> InventoryState:
    reason = SUSPEND_REASON.of(params.answers)
    return replace(state, line=replace(state.required_line, status=LineStatus.SUSPENDED, suspended_for=reason))


def _resume(state: InventoryState, params: EffectInput) -> InventoryState:
    """A device that was lost or stolen is in use again if it was found.

    The suspension's timer can have disconnected the line, and retired its SIM, while the carrier was at work.
    """
    line, device, sim = state.required_line, state.device, state.sim
    if device and device.status is DeviceStatus.LOST_STOLEN and DEVICE_IN_HAND.of(params.answers):
        device = replace(device, status=DeviceStatus.ACTIVE)
    if sim and line.disconnected_on is not None:
        sim = replace(sim, status=SimStatus.ACTIVE)
    plan = PLAN.of(params.answers) or line.plan
    line = replace(line, plan=plan, status=LineStatus.ACTIVE, suspended_for=None, disconnected_on=None)
    return replace(state, line=line, device=device, sim=sim)


SUSPEND_LINE = Effect(code="suspend_line", apply=_suspend, changes=frozenset({"line.status", "line.suspended_for"}))
RESUME_LINE = Effect(
    code="resume_line",
    apply=_resume,
    changes=frozenset(
        {
            *("line.status", "line.suspended_for", "line.plan", "line.disconnected_on"),
            *("device.status", "sim.status"),
        }
    ),
)
