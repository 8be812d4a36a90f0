"""The life of an order: one function per phase, which schedules the next."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from demo.simulator import cancellations
from demo.simulator.action import Rejection, SimulatedAction
from demo.simulator.changes import Change
from demo.simulator.clock import now
from demo.simulator.items import Document, characteristics
from demo.simulator.recognition import load
from demo.simulator.states import Phase, State
from demo.simulator.stored_order import StoredOrder


def begin(change: Change) -> None:
    """Accept the order, reject it, or ask for missing information."""
    behavior = change.stored.behavior
    if behavior.reject_first and str(change.stored.order.get("externalId", "")).endswith(":1"):
        _reject(change, Rejection(behavior.reject_first, "the carrier does not accept this value"))
    elif behavior.reject:
        _reject(change, Rejection(behavior.reject, behavior.reject_reason))
    elif found := _rejected_item(change):
        _reject(change, *found)
    elif behavior.needs_info and not change.stored.informed:
        _ask(change, behavior.needs_info)
    elif wanted := _wanted(change):
        _ask(change, wanted)
    else:
        _start(change)
        change.then(Phase.ASSIGN if behavior.backorder is None else Phase.HOLD)


def _wanted(change: Change) -> str | None:
    """What the carrier has to know of an item before it starts."""
    items = change.stored.running
    asked = (_action(change.stored, item).asks(characteristics(item), change.products) for item in items)
    return next(filter(None, asked), None)


def hold(change: Change) -> None:
    behavior = change.stored.behavior
    _move_all(change, State.HELD)
    change.stored.order.pop("expectedCompletionDate", None)
    if behavior.backorder_dated:
        change.stored.order["expectedCompletionDate"] = now(later=behavior.backorder or 0)
    change.note("BACKORDERED", "out of stock")
    change.then(Phase.RELEASE, after=behavior.backorder)


def release(change: Change) -> None:
    _start(change)
    change.note("RELEASED", "back in stock")
    change.then(Phase.ASSIGN)


def assign(change: Change) -> None:
    """Give every item its identifiers; this completes the items that ship nothing."""
    for item in change.stored.running:
        if _fails(change.stored, item):
            change.fail(item, State.FAILED, "PROVISIONING_FAILED", "the item could not be provisioned")
            change.note("PROVISIONING_FAILED", f"item {item['id']} could not be provisioned")
        else:
            _provision(change, item)
    if not change.settle():
        change.then(Phase.SHIP)


def ship(change: Change) -> None:
    for item in change.stored.running:
        numbers = [change.numbers.tracking() for _ in range(change.stored.behavior.parcels)]
        change.write(item, {"trackingNumber": _one_or_list(numbers), "shippingCarrier": "UPS"})
    change.then(Phase.DELIVER)


def deliver(change: Change) -> None:
    """The next parcel of each item arrives; the last one completes the items that need no activation."""
    several = change.stored.behavior.parcels > 1
    _lose_returns(change)
    for item in change.stored.running:
        earlier = characteristics(item).get("deliveredAt", [])
        change.write(item, {"deliveredAt": [*earlier, now()] if several else now()})
        if not _is_under_way(item) and not _action(change.stored, item).activates(characteristics(item)):
            _complete(change, item)
    if any(map(_is_under_way, change.stored.running)):
        change.then(Phase.DELIVER)
    elif not change.settle():
        change.proceed(Phase.ACTIVATE)


def _lose_returns(change: Change) -> None:
    """What is sent back and never arrives fails."""
    for item in change.stored.running:
        if change.stored.behavior.outcome_of(_action(change.stored, item).code) == "lost":
            change.fail(item, State.FAILED, "RETURN_LOST", "the parcel did not arrive")


def activate(change: Change) -> None:
    for item in change.ready():
        _complete(change, item)
    if not change.settle():
        change.proceed(Phase.ACTIVATE)


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


def _one_or_list(values: list[str]) -> str | list[str]:
    return values if len(values) > 1 else values[0]


def _is_under_way(item: Document) -> bool:
    """Whether one of several parcels has not arrived."""
    known = characteristics(item)
    numbers, arrived = known["trackingNumber"], known["deliveredAt"]
    return isinstance(numbers, list) and len(arrived) < len(numbers)


def _rejected_item(change: Change) -> tuple[Rejection, Document] | None:
    """The first item that the carrier can't do, and why."""
    rejections = ((_rejection(change, item), item) for item in change.stored.order["productOrderItem"])
    return next(((rejection, item) for rejection, item in rejections if rejection), None)


def _rejection(change: Change, item: Document) -> Rejection | None:
    if item["id"] not in change.stored.actions:
        return Rejection("UNKNOWN_ACTION", "this carrier has no such action")
    if not change.products.is_known(item):
        return Rejection("PRODUCT_UNKNOWN", "the account has no such line or service")
    return _action(change.stored, item).rejects(characteristics(item))


def _action(stored: StoredOrder, item: Document) -> SimulatedAction:
    return load()[stored.actions[item["id"]]]


def _reject(change: Change, rejection: Rejection, of: Document | None = None) -> None:
    """End all items, since an order is accepted as a whole or not at all; `of` is the item that can't be done."""
    code, reason = rejection
    elsewhere = f"item {of['id']}: {reason}" if of else reason
    for item in change.stored.running:
        change.fail(item, State.REJECTED, code, reason if item is of else elsewhere)
    change.note(code, elsewhere)
    change.move(State.REJECTED)


def _ask(change: Change, name: str) -> None:
    _move_all(change, State.PENDING)
    change.note("INFORMATION_REQUIRED", "Some information is missing.")
    change.require(f"productOrderItem[0].product.productCharacteristic[name={name}]")
    change.wait(Phase.BEGIN)


def _start(change: Change) -> None:
    _move_all(change, State.IN_PROGRESS)
    change.stored.order["expectedCompletionDate"] = change.expected_completion()


def _move_all(change: Change, state: State) -> None:
    for item in change.stored.running:
        change.move_item(item, state)
    change.move(state)


def _fails(stored: StoredOrder, item: Document) -> bool:
    last = stored.order["productOrderItem"][-1]["id"]
    return bool(item["id"] == (last if stored.behavior.partial == "last" else stored.behavior.partial))


def _provision(change: Change, item: Document) -> None:
    action, requested = _action(change.stored, item), characteristics(item)
    if change.stored.behavior.other_number:
        requested |= {"acceptNewNumber": True}
    change.write(item, action.assigns(requested, change.numbers))
    change.stored.secrets[item["id"]] = dict(action.reveals(requested, change.numbers))
    if item["id"] not in change.stored.shipping:
        _complete(change, item)


def _complete(change: Change, item: Document) -> None:
    action = _action(change.stored, item)
    outcome = {"outcome": change.stored.behavior.outcome_of(action.code)}
    change.write(item, action.results(characteristics(item) | outcome))
    change.products.complete(item)
    change.move_item(item, State.COMPLETED)
