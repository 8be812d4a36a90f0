from dataclasses import replace

from models.effect import Effect, EffectInput
from models.holder import NOBODY
from models.inventory import DeviceStatus, FeatureEnd, InventoryState, LineStatus
from models.questions.features import REMOVE_FEATURES
from models.questions.reassignment import DEVICE_MOVES, ON_LINE, SPARE_DEVICE
from models.rule_kinds.features import EndedBy


def _apply(state: InventoryState, params: EffectInput) -> InventoryState:
    """The line moves to the account of its new holder; its device moves too, or returns to stock."""
    line, device = state.required_line, state.device
    account_id = params.holder_account_id or line.account_id
    line = replace(line, account_id=account_id, cost_center=params.cost_center).held_by(params.holder)
    if DEVICE_MOVES.of(params.answers) is not False:
        moved = device and replace(device, account_id=account_id).held_by(params.holder)
        return replace(state, line=line, device=moved)
    in_stock = device and replace(device, status=DeviceStatus.IN_STOCK).held_by(NOBODY)
    return replace(state, line=replace(line, device_id=None), device=None, released_device=in_stock)


def _release(state: InventoryState, params: EffectInput) -> InventoryState:
    """Nobody has the line. Paid features that the carrier has removed are gone; its device is in stock, or stays.

    The paid features of a suspended line end today: carriers remove them once it is in service again.
    """
    line, device = state.required_line, state.device
    removed = {*(REMOVE_FEATURES.of(params.answers) or ())} - params.refused
    if line.status is LineStatus.SUSPENDED:
        ends = [FeatureEnd(sku=sku, on=params.today, by=EndedBy.US) for sku in sorted(removed)]
        line = line.with_features(line.features, ends)
    else:
        line = line.with_features([sku for sku in line.features if sku not in removed])
    line = replace(line, cost_center=params.cost_center).held_by(NOBODY)
    if device is None or SPARE_DEVICE.of(params.answers) == ON_LINE:
        return replace(state, line=line, device=device and device.held_by(NOBODY))
    in_stock = replace(device, status=DeviceStatus.IN_STOCK).held_by(NOBODY)
    return replace(state, line=replace(line, device_id=None), device=None, released_device=in_stock)


RELEASE_LINE = Effect(
    code="release_line",
    apply=_release,
    changes=frozenset(
        {
            *("line.person_id", "line.site_id", "line.features", "line.feature_ends"),
            *("line.cost_center", "line.device_id"),
            *("device.person_id", "device.site_id"),
            *("released_device.person_id", "released_device.site_id", "released_device.status"),
        }
    ),
)
REASSIGN_LINE = Effect(
    code="reassign_line",
    apply=_apply,
    changes=frozenset(
        {
            *("line.person_id", "line.site_id", "line.account_id", "line.cost_center", "line.device_id"),
            *("device.person_id", "device.site_id", "device.account_id"),
            *("released_device.person_id", "released_device.site_id", "released_device.status"),
        }
    ),
)
