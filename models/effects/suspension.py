"""Suspending a line, and what becomes of it when the suspension ends."""

from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import InventoryState, LineStatus, SimStatus
from models.timers import SuspensionEnd


def _suspend(state: InventoryState, _: EffectInput) -> InventoryState:
    return replace(state, line=replace(state.required_line, status=LineStatus.SUSPENDED))


def end(state: InventoryState, ending: SuspensionEnd) -> InventoryState:
    """The line is in use again, or disconnected: then its SIM is retired, and the device keeps its holder."""
    if ending is not SuspensionEnd.DISCONNECT:
        return replace(state, line=replace(state.required_line, status=LineStatus.ACTIVE))
    return replace(
        state,
        line=replace(state.required_line, status=LineStatus.DISCONNECTED),
        sim=state.sim and replace(state.sim, status=SimStatus.RETIRED),
    )


SUSPEND_LINE = Effect(code="suspend_line", apply=_suspend, changes=frozenset({"line.status"}))
