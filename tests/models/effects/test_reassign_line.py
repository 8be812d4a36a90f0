"""A line that moves between a person, a site and nobody."""

from dataclasses import replace

import pytest

from models.effects.reassign_line import REASSIGN_LINE, RELEASE_LINE
from models.holder import NOBODY, Holder
from models.inventory import Device, DeviceStatus, FeatureEnd, InventoryState, Line, LineStatus
from models.rule_kinds.features import EndedBy
from tests.models.effects.test_new_line import effect_input

PERSON, SITE = Holder.of(person_id="p"), Holder.of(site_id="s")
DEVICE = Device(id="d", sku="s", status=DeviceStatus.ACTIVE, account_id="a")
LINE = Line(id="l", carrier="c", status=LineStatus.ACTIVE, account_id="a", plan="p", device_id="d")


def reassigned(before: Holder, after: Holder, **answers: bool) -> InventoryState:
    state = InventoryState(line=LINE.held_by(before), device=DEVICE.held_by(before))
    return REASSIGN_LINE.apply(state, effect_input(holder=after, holder_account_id="b", answers=answers))


@pytest.mark.parametrize("after", [PERSON, SITE, NOBODY], ids=lambda holder: holder.kind)
@pytest.mark.parametrize("before", [PERSON, SITE, NOBODY], ids=lambda holder: holder.kind)
def test_line_and_device_have_the_new_holder_and_no_other(before: Holder, after: Holder) -> None:
    state = reassigned(before, after, device_moves=True)
    assert state.device is not None
    assert state.required_line.holder == state.device.holder == after
    assert state.required_line.account_id == state.device.account_id == "b"


def test_a_device_that_stays_behind_is_no_longer_the_site_s() -> None:
    state = reassigned(SITE, PERSON, device_moves=False)
    assert state.released_device is not None
    assert (state.released_device.holder, state.released_device.status) == (NOBODY, DeviceStatus.IN_STOCK)
    assert (state.required_line.holder, state.required_line.device_id) == (PERSON, None)


def test_the_paid_features_of_a_suspended_spare_line_end_once_it_is_in_service_again() -> None:
    params = effect_input(holder=NOBODY, answers={"remove_features": ["ROAM"]})
    line = replace(LINE, features=("ROAM", "BASIC"))
    active = RELEASE_LINE.apply(InventoryState(line=line), params).required_line
    assert (active.features, active.feature_ends) == (("BASIC",), ())
    suspended = replace(line, status=LineStatus.SUSPENDED)
    kept = RELEASE_LINE.apply(InventoryState(line=suspended), params).required_line
    end = FeatureEnd(sku="ROAM", on=params.today, by=EndedBy.US)
    assert (kept.features, kept.feature_ends) == (("ROAM", "BASIC"), (end,))
