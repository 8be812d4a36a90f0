"""Applying a client's PATCH: a JSON merge patch (RFC 7396), which replaces lists as a whole."""

from copy import deepcopy

from demo.simulator.changes import Change
from demo.simulator.errors import IllegalTransitionError, InvalidRequestError, OrderClosedError
from demo.simulator.items import Document, characteristics, without
from demo.simulator.numbers import is_imei
from demo.simulator.states import FINAL

_LISTS_OF_THEIR_OWN = frozenset({"state", "productOrderItem", "relatedParty"})


def amend(change: Change, patch: Document) -> None:
    """Replace the members that the patch has; null removes them. An item or note that a list leaves out is gone.

    The carrier itself stays among the parties. What only a read of the order shows is not part of what is patched.

    Raises:
        OrderClosedError: the order is final.
        IllegalTransitionError: the patch asks for another state of the order or of an item.
        InvalidRequestError: an item does not exist or has another action, or an IMEI is invalid.
    """
    stored = change.stored
    if stored.state in FINAL:
        raise OrderClosedError(f"order {stored.id} is {stored.state}")
    if patch.get("state", stored.state) != stored.state:
        raise IllegalTransitionError(f"only the carrier moves an order from {stored.state} to {patch['state']}")
    if "productOrderItem" in patch:
        change.replace_items([_item(change, entry) for entry in patch["productOrderItem"]])
    _replace(stored.order, patch)
    known = (characteristics(item) for item in stored.order["productOrderItem"])
    if "note" in patch or any(stored.behavior.needs_info in values for values in known):
        stored.informed = True
    if stored.phase and stored.due is None:
        change.proceed(stored.phase)


def _item(change: Change, entry: Document) -> Document:
    """The item as it is to be; its state is the carrier's alone."""
    stored = change.stored
    before = next((item for item in stored.order["productOrderItem"] if item["id"] == entry["id"]), None)
    if before is None:
        raise InvalidRequestError(f"the order has no item {entry['id']}")
    if entry["action"] != before["action"]:
        raise InvalidRequestError(f"item {entry['id']}: the action is {before['action']}")
    if entry.get("state", before["state"]) != before["state"]:
        raise IllegalTransitionError(f"only the carrier moves item {entry['id']} to {entry['state']}")
    imei = characteristics(entry).get("IMEI")
    if imei is not None and not is_imei(imei):
        raise InvalidRequestError(f"item {entry['id']}: the IMEI is not valid")
    return {**without(deepcopy(entry), stored.secrets.get(entry["id"], {})), "state": before["state"]}


def _replace(order: Document, patch: Document) -> None:
    if "relatedParty" in patch:
        carrier = order["relatedParty"][-1]
        order["relatedParty"] = [*(party for party in patch["relatedParty"] or [] if party != carrier), carrier]
    for name, value in patch.items():
        if name not in _LISTS_OF_THEIR_OWN:
            order[name] = value
            if value is None:
                del order[name]
