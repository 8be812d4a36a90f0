"""A client's PATCH, merged by item id and characteristic name: it may be what the carrier waits for."""

from demo.simulator.changes import Change
from demo.simulator.errors import IllegalTransitionError, InvalidRequestError, OrderClosedError
from demo.simulator.items import Document, characteristics
from demo.simulator.numbers import is_imei
from demo.simulator.states import FINAL
from demo.simulator.waiting import proceed

MERGED = frozenset({"state", "note", "productOrderItem", "relatedParty"})


def amend(change: Change, patch: Document) -> None:
    """Apply the patch; other members than items and notes are replaced, null removes them.

    Raises:
        OrderClosedError: the order is final.
        IllegalTransitionError: the patch asks for another state.
        InvalidRequestError: an item does not exist, or an IMEI is wrong.
    """
    record = change.record
    if record.state in FINAL:
        raise OrderClosedError(f"order {record.id} is {record.state}")
    if patch.get("state", record.state) != record.state:
        raise IllegalTransitionError(f"only the carrier makes {record.state} {patch['state']}")
    amended = [
        (_item(record.order, entry["id"]), characteristics(entry)) for entry in patch.get("productOrderItem", [])
    ]
    for item, values in amended:
        if "IMEI" in values and not is_imei(values["IMEI"]):
            raise InvalidRequestError(f"item {item['id']}: the IMEI is not valid")
    for item, values in amended:
        change.write(item, values)
    _replace(record.order, patch)
    _inform(change, patch, supplied={name for _, values in amended for name in values})


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
        if name not in MERGED:
            order[name] = value
            if value is None:
                del order[name]


def _inform(change: Change, patch: Document, *, supplied: set[str]) -> None:
    record = change.record
    if "note" in patch or record.behavior.needs_info in supplied:
        record.informed = True
    if record.phase and record.due is None:
        proceed(change, record.phase)
