"""Inventory states and inputs of effects, for property tests."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from models import questions
from models.effect import Effect, EffectInput
from models.holder import NOBODY, Holder, HolderKind
from models.inventory import Device, DeviceStatus, Held, InventoryState, Line, LineStatus, Sim, SimStatus
from models.order import Identifiers
from models.returns import ReturnCase, ReturnState
from workflows.order_type_registry import order_types_by_code

# The effects of orders about devices.
OF_DEVICES = {
    effect
    for kind in order_types_by_code().values()
    if kind.about_devices
    for effect in (kind.effect, *(variant.changes.get("effect") for variant in kind.variants))
    if effect
}
_WORDS = st.sampled_from(["a", "b", "c"])
_MAYBE = st.none() | _WORDS
_DAYS = st.none() | st.dates()
_HOLDERS = st.just(NOBODY) | st.builds(Holder, kind=st.sampled_from([HolderKind.PERSON, HolderKind.SITE]), id=_WORDS)


def _devices(device_id: str) -> st.SearchStrategy[Device]:
    return st.builds(
        Device,
        id=st.just(device_id),
        sku=_WORDS,
        status=st.sampled_from(DeviceStatus),
        account_id=_WORDS,
        imei=_MAYBE,
        imei2=_MAYBE,
    ).flatmap(_held)


def _held(record: Held) -> st.SearchStrategy[Any]:
    return _HOLDERS.map(record.held_by)


def _sims(sim_id: str) -> st.SearchStrategy[Sim]:
    return st.builds(
        Sim,
        id=st.just(sim_id),
        carrier=_WORDS,
        status=st.sampled_from(SimStatus),
        kind=_WORDS,
        iccid=_MAYBE,
        eid=_MAYBE,
    )


@st.composite
def _states_with_a_line(draw: st.DrawFn, *, has_device: bool) -> InventoryState:
    devices = _devices("device")
    device, sim = draw(devices if has_device else st.none() | devices), draw(st.none() | _sims("sim"))
    line = st.builds(
        Line,
        id=st.just("line"),
        carrier=_WORDS,
        status=st.sampled_from(LineStatus),
        account_id=_WORDS,
        plan=_WORDS,
        features=st.tuples(_WORDS),
        mdn=_MAYBE,
        device_id=st.just(device.id if device else None),
        sim_id=st.just(sim.id if sim else None),
        cost_center=_MAYBE,
        activated_on=_DAYS,
        upgrade_on=_DAYS,
        subscriber_name=_MAYBE,
        labels=_MAYBE,
        service_address=st.none() | st.fixed_dictionaries({"city": _WORDS}),
    ).flatmap(_held)
    case = draw(st.builds(ReturnCase, id=st.just("item"), state=st.sampled_from(ReturnState))) if has_device else None
    return InventoryState(line=draw(line), device=device, sim=sim, return_case=case)


def states(effect: Effect) -> st.SearchStrategy[InventoryState]:
    """States before an order with this effect: empty if it creates the line, with a device if it is about one."""
    if "line" in effect.changes:
        return st.just(InventoryState())
    return _states_with_a_line(has_device=effect.code in OF_DEVICES)


def _answers(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "date":
        return st.dates().map(str)
    of_type = {"boolean": st.booleans(), "array": st.lists(_WORDS), "object": st.just({})}
    return of_type.get(schema.get("type", ""), _WORDS)


_NUMBERS = st.builds(Identifiers, mdn=_MAYBE, imei=_MAYBE, imei2=_MAYBE, iccid=_MAYBE, eid=_MAYBE)

INPUTS = st.builds(
    EffectInput,
    line_id=st.just("new-line"),
    device_id=st.just("new-device"),
    sim_id=st.just("new-sim"),
    carrier=_WORDS,
    account_id=_WORDS,
    holder=_HOLDERS,
    holder_account_id=_MAYBE,
    cost_center=_MAYBE,
    upgrade_months=st.integers(0, 48),
    today=st.dates(),
    answers=st.fixed_dictionaries(
        {}, optional={code: _answers(question.type.schema) for code, question in questions.all_by_code().items()}
    ),
    reported=_NUMBERS,
    final_on=_DAYS,
    known_sim=st.none() | _sims("sim-in-stock"),
)
