"""The life of an order: one function per phase, each a change that says what comes next."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from demo.simulator import cancellations
from demo.simulator.changes import Change
from demo.simulator.clock import now
from demo.simulator.items import Document, characteristics, equips, puts_a_line_to_use
from demo.simulator.numbers import complaint
from demo.simulator.records import Record
from demo.simulator.states import Phase, State
from demo.simulator.waiting import proceed, ready


def begin(change: Change) -> None:
    """Accept the order for work, refuse it, or ask for what is missing."""
    behavior = change.record.behavior
    refusal = _refusal(change.record)
    if refusal:
        _refuse(change, *refusal)
    elif behavior.needs_info and not change.record.informed:
        _ask(change, behavior.needs_info)
    else:
        _move_all(change, State.IN_PROGRESS)
        change.record.order["expectedCompletionDate"] = change.expected()
        change.then(Phase.ASSIGN if behavior.backorder is None else Phase.HOLD)


def hold(change: Change) -> None:
    """Hold the order for want of stock, until it is released."""
    behavior = change.record.behavior
    _move_all(change, State.HELD)
    change.record.order.pop("expectedCompletionDate", None)
    if behavior.backorder_dated:
        change.record.order["expectedCompletionDate"] = now(later=behavior.backorder or 0)
    change.note("BACKORDERED", "out of stock")
    change.then(Phase.RELEASE, after=behavior.backorder)


def release(change: Change) -> None:
    """Go on with an order whose goods have come."""
    _move_all(change, State.IN_PROGRESS)
    change.record.order["expectedCompletionDate"] = change.expected()
    change.note("RELEASED", "back in stock")
    change.then(Phase.ASSIGN)


def assign(change: Change) -> None:
    """Give every item its identifiers; what ships nothing is done with that."""
    for item in change.record.running:
        if _is_to_fail(change.record, item):
            change.fail(item, State.FAILED, "PROVISIONING_FAILED", "the item could not be provisioned")
            change.note("PROVISIONING_FAILED", f"item {item['id']} could not be provisioned")
        else:
            _provision(change, item)
    if not change.settle():
        change.then(Phase.SHIP)


def ship(change: Change) -> None:
    """Hand the goods to the parcel service."""
    for item in change.record.running:
        change.write(item, {"trackingNumber": change.numbers.tracking(), "shippingCarrier": "UPS"})
    change.then(Phase.DELIVER)


def deliver(change: Change) -> None:
    """Bring the goods; accessories need nothing more, a line waits for its activation."""
    for item in change.record.running:
        change.write(item, {"deliveredAt": now()})
        if not puts_a_line_to_use(item):
            change.move_item(item, State.COMPLETED)
    if not change.settle():
        proceed(change, Phase.ACTIVATE)


def activate(change: Change) -> None:
    """Put the lines to use whose activation is due."""
    for item in ready(change):
        _complete(change, item)
    if not change.settle():
        proceed(change, Phase.ACTIVATE)


PHASES: Mapping[Phase, Callable[[Change], None]] = MappingProxyType(
    {
        Phase.BEGIN: begin,
        Phase.HOLD: hold,
        Phase.RELEASE: release,
        Phase.ASSIGN: assign,
        Phase.SHIP: ship,
        Phase.DELIVER: deliver,
        Phase.ACTIVATE: activate,
        Phase.ASSESS: cancellations.assess,
        Phase.CANCEL: cancellations.cancel,
    }
)


def _refusal(record: Record) -> tuple[str, str] | None:
    if record.behavior.reject:
        return record.behavior.reject, record.behavior.reject_reason
    return next(filter(None, map(complaint, record.order["productOrderItem"])), None)


def _refuse(change: Change, code: str, reason: str) -> None:
    for item in change.record.running:
        change.fail(item, State.REJECTED, code, reason)
    change.note(code, reason)
    change.move(State.REJECTED)


def _ask(change: Change, name: str) -> None:
    _move_all(change, State.PENDING)
    change.note("INFORMATION_REQUIRED", f"please supply {name}")
    change.require(f"productOrderItem[0].product.productCharacteristic[name={name}]")
    change.rest(Phase.BEGIN)


def _move_all(change: Change, state: State) -> None:
    for item in change.record.running:
        change.move_item(item, state)
    change.move(state)


def _is_to_fail(record: Record, item: Document) -> bool:
    last = record.order["productOrderItem"][-1]["id"]
    return bool(item["id"] == (last if record.behavior.partial == "last" else record.behavior.partial))


def _provision(change: Change, item: Document) -> None:
    if equips(item):
        change.write(item, change.numbers.identifiers(item, area_code=change.settings.area_code))
        if characteristics(item).get("simType") == "eSIM":
            change.record.activation_codes[item["id"]] = change.numbers.activation_code()
    if item["id"] not in change.record.shipping:
        _complete(change, item)


def _complete(change: Change, item: Document) -> None:
    change.write(item, _results(item, shipped=item["id"] in change.record.shipping))
    change.move_item(item, State.COMPLETED)


def _results(item: Document, *, shipped: bool) -> dict[str, Any]:
    if item["action"] == "delete":
        return {"lineStatus": "deactivated"}
    if item["action"] == "add":
        return {"activatedAt": now(), "lineStatus": "active"}
    return {"activatedAt": now()} if shipped else {}
