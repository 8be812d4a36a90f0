"""Suspending a line."""

from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import DeviceStatus, InventoryState, LineStatus
from models.questions.products import PLAN
from models.questions.resumption import DEVICE_IN_HAND
from models.questions.suspension import SUSPEND_REASON


def _suspend(state: InventoryState, params: EffectInput) -> InventoryState:
    reason = SUSPEND_REASON.of(params.answers)
    return replace(state, line=replace(state.required_line, status=LineStatus.SUSPENDED, suspended_for=reason))


def _resume(state: InventoryState, params: EffectInput) -> InventoryState:
    """A device that was lost or stolen is in use again if it was found."""
    line, device = state.required_line, state.device
    if device and device.status is DeviceStatus.LOST_STOLEN and DEVICE_IN_HAND.of(params.answers):
        device = replace(device, status=DeviceStatus.ACTIVE)
    plan = PLAN.of(params.answers) or line.plan
    return replace(state, line=replace(line, plan=plan, status=LineStatus.ACTIVE, suspended_for=None), device=device)


SUSPEND_LINE = Effect(code="suspend_line", apply=_suspend, changes=frozenset({"line.status", "line.suspended_for"}))
RESUME_LINE = Effect(
    code="resume_line",
    apply=_resume,
    changes=frozenset({"line.status", "line.suspended_for", "line.plan", "device.status"}),
)
