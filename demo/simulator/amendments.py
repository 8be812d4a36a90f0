"""Applying a client's PATCH, which merges items by id and characteristics by name."""

from demo.simulator.changes import Change
from demo.simulator.errors import IllegalTransitionError, InvalidRequestError, OrderClosedError
from demo.simulator.items import Document, characteristics
from demo.simulator.numbers import is_imei
from demo.simulator.states import FINAL

_MERGED = frozenset({"state", "note", "productOrderItem", "relatedParty"})


def amend(change: Change, patch: Document) -> None:
    """Members other than items and notes are replaced; null removes them.

    Raises:
        OrderClosedError: the order is final.
        IllegalTransitionError: the patch asks for another state.
        InvalidRequestError: an item does not exist, or an IMEI is invalid.
    """
    stored = change.stored
    if stored.state in FINAL:
        raise OrderClosedError(f"order {stored.id} is {stored.state}")
    if patch.get("state", stored.state) != stored.state:
        raise IllegalTransitionError(f"only the carrier moves an order from {stored.state} to {patch['state']}")
    amended = [
        (_item(stored.order, entry["id"]), characteristics(entry)) for entry in patch.get("productOrderItem", [])
    ]
    for item, values in amended:
        if "IMEI" in values and not is_imei(values["IMEI"]):
            raise InvalidRequestError(f"item {item['id']}: the IMEI is not valid")
    for item, values in amended:
        change.write(item, values)
    _replace(stored.order, patch)
    if "note" in patch or any(stored.behavior.needs_info in values for _, values in amended):
        stored.informed = True
    if stored.phase and stored.due is None:
        change.proceed(stored.phase)


def _item(order: Document, key: str) -> Document:
    found: list[Document] = [item for item in order["productOrderItem"] if item["id"] == key]
    if not found:
        raise InvalidRequestError(f"the order has no item {key}")
    return found[0]


def _replace(order: Document, patch: Document) -> None:
    order.setdefault("note", []).extend(patch.get("note", []))
    if "relatedParty" in patch:
        carrier = order["relatedParty"][-1]
        order["relatedParty"] = [*(party for party in patch["relatedParty"] or [] if party != carrier), carrier]
    for name, value in patch.items():
        if name not in _MERGED:
            order[name] = value
            if value is None:
                del order[name]
