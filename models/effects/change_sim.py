from dataclasses import replace

from models.effect import Effect, EffectInput
from models.inventory import InventoryState, SimStatus


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    """The new SIM is on the line; the old one is retired. Nothing else of the line changes."""
    line, old = state.required_line, state.sim
    new = params.active_sim("pSIM")
    return replace(
        state,
        line=replace(line, sim_id=new.id),
        sim=new,
        released_sim=old and replace(old, status=SimStatus.RETIRED),
    )


CHANGE_SIM = Effect(
    code="change_sim",
    apply=_apply,
    changes=frozenset({"line.sim_id", "sim", "sim.carrier", "sim.status", "sim.eid", "released_sim.status"}),
    takes_sim=True,
    needs=("iccid",),
)
