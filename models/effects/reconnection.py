"""A disconnected line that has service again, with its number if the carrier still has it."""

from dataclasses import replace
from types import MappingProxyType

from models.effect import Effect, EffectInput, Reservation
from models.inventory import NOT_RECOVERED, InventoryState, LineStatus, Sim, SimStatus
from models.questions.products import PLAN
from models.questions.resumption import ACCEPT_NEW_NUMBER


def _reserve(state: InventoryState, _: EffectInput) -> InventoryState:
    """While the carrier is at work, the line's number is not given up."""
    return replace(state, line=replace(state.required_line, status=LineStatus.PENDING))


def _undo(state: InventoryState, before: InventoryState) -> InventoryState:
    return replace(state, line=replace(state.required_line, status=before.required_line.status))


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    line, known = state.required_line, params.identifiers
    sim = _sim(state.sim, params)
    line = replace(
        line.renumbered(known.mdn, on=params.today, reason=NOT_RECOVERED),
        status=LineStatus.ACTIVE,
        carrier_product_id=known.carrier_product_id or line.carrier_product_id,
        plan=PLAN.of(params.answers) or line.plan,
        sim_id=sim.id if sim else None,
        disconnected_on=None,
    )
    past = {end.sku for end in line.feature_ends if end.on < params.today}
    return replace(state, line=line.with_features(sku for sku in line.features if sku not in past), sim=sim)


def _sim(present: Sim | None, params: EffectInput) -> Sim | None:
    """The SIM that the line had works again, unless another one is reported or answered."""
    if params.iccid and (present is None or present.iccid != params.iccid):
        return params.active_sim(present.kind if present else "pSIM")
    return present and replace(present, status=SimStatus.ACTIVE)


RECONNECT_LINE = Effect(
    code="reconnect_line",
    apply=_apply,
    changes=frozenset(
        {
            *("line.status", "line.mdn", "line.former_numbers", "line.carrier_product_id", "line.plan", "line.sim_id"),
            *(
                "line.features",
                "line.feature_ends",
                "line.disconnected_on",
                "sim",
                "sim.carrier",
                "sim.status",
                "sim.eid",
            ),
        }
    ),
    reservation=Reservation(make=_reserve, undo=_undo),
    takes_sim=True,
    accepted_by=MappingProxyType({"mdn": ACCEPT_NEW_NUMBER.code}),
)
