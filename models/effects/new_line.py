from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from models.dates import months_after
from models.effect import Effect, EffectInput, Reservation
from models.holder import NOBODY
from models.inventory import Device, DeviceStatus, FeatureEnd, InventoryState, Line, LineStatus, NumberOrigin
from models.questions.features import ENDING_FEATURES, FEATURES_END_ON
from models.questions.products import DEVICE, FEATURES, PLAN
from models.questions.sim import SIM_TYPE
from models.rule_kinds.features import EndedBy


def _reserve(state: InventoryState, params: EffectInput) -> InventoryState:
    device = Device(
        id=params.device_id,
        sku=DEVICE.of(params.answers) or "",
        status=DeviceStatus.UNCONFIRMED,
        account_id=params.account_id,
    ).held_by(params.holder)
    line = Line(
        id=params.line_id,
        carrier=params.carrier,
        carrier_account=params.carrier_account,
        status=LineStatus.PENDING,
        account_id=params.account_id,
        plan=PLAN.of(params.answers) or "",
        features=tuple(FEATURES.of(params.answers) or ()),
        device_id=device.id,
        cost_center=params.cost_center,
    ).held_by(params.holder)
    return replace(state, line=line, device=device)


def _undo(state: InventoryState, _: InventoryState) -> InventoryState:
    """A device that has been returned since stays where it went."""
    device = state.device
    if device is not None and device.status is DeviceStatus.UNCONFIRMED:
        device = replace(device, status=DeviceStatus.VOID).held_by(NOBODY)
    line = state.line and replace(state.line, status=LineStatus.VOID, device_id=None)
    return replace(state, line=line, device=device)


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    if state.device is None:
        raise ValueError("a new line has no reserved device")
    known, sim = params.identifiers, params.active_sim(SIM_TYPE.of(params.answers) or "eSIM")
    device = replace(state.device, status=DeviceStatus.ACTIVE, imei=known.imei, imei2=known.imei2)
    line = replace(
        state.required_line,
        status=LineStatus.ACTIVE,
        mdn=known.mdn,
        number_origin=NumberOrigin.ASSIGNED,
        carrier_product_id=known.carrier_product_id,
        sim_id=sim.id,
        activated_on=params.today,
        upgrade_on=months_after(params.today, params.upgrade_months),
    )
    return replace(state, line=replace(line, feature_ends=tuple(_ends(line, params))), device=device, sim=sim)


def _ends(line: Line, params: EffectInput) -> Iterator[FeatureEnd]:
    """The carrier doesn't know the last day from an order for a new line: we ask it then."""
    on = FEATURES_END_ON.of(params.answers)
    if on is not None:
        for sku in ENDING_FEATURES.of(params.answers) or ():
            if sku in line.features:
                yield FeatureEnd(sku=sku, on=date.fromisoformat(on), by=EndedBy.US)


NEW_LINE = Effect(
    code="new_line",
    apply=_apply,
    changes=frozenset(
        {
            *("line", "line.status", "line.mdn", "line.carrier_product_id", "line.sim_id"),
            *("line.activated_on", "line.upgrade_on", "line.number_origin", "line.feature_ends"),
            *("device", "device.status", "device.imei", "device.imei2"),
            *("sim", "sim.carrier", "sim.status", "sim.eid"),
        }
    ),
    reservation=Reservation(make=_reserve, undo=_undo),
    takes_sim=True,
    needs=("mdn",),
)
