"""What holds for every effect, without a database or a workflow."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.effect import Effect, EffectInput
from models.holder import NOBODY
from models.inventory import Device, DeviceStatus, InventoryState, Line, LineStatus, Sim
from models.registry import load
from tests.models.effects.strategies import INPUTS, OF_DEVICES, states

EFFECTS = load("models.effects", Effect)

Key = tuple[type, str]
every_effect = pytest.mark.parametrize("effect", EFFECTS.values(), ids=EFFECTS)
every_effect_of_devices = pytest.mark.parametrize(
    "effect", [EFFECTS[code] for code in sorted(OF_DEVICES)], ids=lambda one: one.code
)
every_effect_of_lines = pytest.mark.parametrize(
    "effect", [effect for code, effect in EFFECTS.items() if code not in OF_DEVICES], ids=lambda effect: effect.code
)
every_reserving_effect = pytest.mark.parametrize(
    "effect", [effect for effect in EFFECTS.values() if effect.reservation], ids=lambda effect: effect.code
)


def by_key(state: InventoryState) -> dict[Key, Line | Device | Sim]:
    return {(type(record), record.id): record for record in state.records}


def changes(before: InventoryState, after: InventoryState, known_sim: Sim | None = None) -> set[str]:
    """Like `Effect.changes`."""
    known, found = by_key(replace(before, released_sim=known_sim) if known_sim else before), set()
    for name, record in vars(after).items():
        old = record and known.get((type(record), record.id))
        if record and old:
            found |= {f"{name}.{field}" for field, value in vars(record).items() if value != vars(old)[field]}
        elif record:
            found.add(name)
    return found


def reserve(effect: Effect, before: InventoryState, params: EffectInput) -> InventoryState:
    return effect.reservation.make(before, params) if effect.reservation else before


@every_effect
@given(data=st.data(), params=INPUTS)
def test_it_changes_what_it_declares_and_nothing_else(effect: Effect, data: st.DataObject, params: EffectInput) -> None:
    before = data.draw(states(effect))
    reserved = reserve(effect, before, params)
    after = effect.apply(reserved, params)
    made = changes(before, reserved, params.known_sim) | changes(reserved, after, params.known_sim)
    assert made - effect.changes == set()


@every_effect_of_lines
@given(data=st.data(), params=INPUTS)
def test_the_line_has_the_device_and_the_sim_that_are_not_released(
    effect: Effect, data: st.DataObject, params: EffectInput
) -> None:
    after = effect.apply(reserve(effect, data.draw(states(effect)), params), params)
    line = after.required_line
    assert line.device_id == (after.device.id if after.device else None)
    assert line.sim_id == (after.sim.id if after.sim else None)
    assert len(by_key(after)) == len(list(after.records))


@every_effect_of_devices
@given(data=st.data(), params=INPUTS)
def test_what_goes_back_is_on_no_line_and_with_nobody(effect: Effect, data: st.DataObject, params: EffectInput) -> None:
    before = data.draw(states(effect))
    after = effect.apply(reserve(effect, before, params), params)
    if effect.changes == {"return_case"}:  # it is only looked for
        assert by_key(after) == by_key(before)
        return
    assert (after.required_line.device_id, after.required_device.holder) == (None, NOBODY)
    assert after.required_device.status not in {DeviceStatus.ACTIVE, DeviceStatus.PENDING_RETURN}


@every_effect
@given(data=st.data(), params=INPUTS)
def test_only_an_effect_that_says_so_takes_a_sim(effect: Effect, data: st.DataObject, params: EffectInput) -> None:
    before = data.draw(states(effect))
    after = effect.apply(reserve(effect, before, params), params)
    taken = {(Sim, "new-sim"), (Sim, "sim-in-stock")} & by_key(after).keys()
    assert effect.takes_sim or not taken


@every_reserving_effect
@given(data=st.data(), params=INPUTS)
def test_an_undo_voids_what_the_reservation_made_and_restores_the_rest(
    effect: Effect, data: st.DataObject, params: EffectInput
) -> None:
    before = data.draw(states(effect))
    assert effect.reservation is not None
    reserved = effect.reservation.make(before, params)
    undone = by_key(effect.reservation.undo(reserved, before))
    assert undone.keys() == by_key(reserved).keys()
    earlier = by_key(before)
    assert {key: record for key, record in undone.items() if key in earlier} == {
        key: record for key, record in earlier.items() if key in undone
    }
    assert {record.status for key, record in undone.items() if key not in earlier} <= {"void"}


def test_an_undeclared_change_is_found() -> None:
    line = Line(id="1", carrier="c", status=LineStatus.ACTIVE, account_id="a", plan="p")
    device = Device(id="1", sku="s", status=DeviceStatus.ACTIVE, account_id="a")
    after = InventoryState(line=replace(line, mdn="+1"), released_device=replace(device, imei="2"), sim=None)
    assert changes(InventoryState(line=line, device=device), after) == {"line.mdn", "released_device.imei"}
    assert changes(InventoryState(), after) == {"line", "released_device"}
