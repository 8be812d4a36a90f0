"""A new order as a link starts it: about a line, charged to an account, or after another order."""

from dataclasses import dataclass
from typing import Any

from api.orders.evaluation import visible_order
from models import questions
from models.db.inventory import change_log, devices
from models.db.orders import order_rows
from models.db.orders.order_rows import OrderFound
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.facts import Person
from models.lifecycle import ItemState
from models.order import OrderRef
from models.order_type import Cause, OrderType
from models.question import AskedAt, Scope, Secrecy
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Start:
    """What the address of the form says; `parent` is the number or ID of the order that the new one follows."""

    line: str | None = None
    device_held: str | None = None
    account: str | None = None
    parent: str | None = None
    cause: Cause = Cause.FOLLOW_UP


async def proposed(session: Session, person: Person, order_type: OrderType, start: Start) -> Document:
    """The body of the order. Raises InvalidRequest for a parent that the person can't see."""
    named = {LINE.code: start.line, DEVICE_HELD.code: start.device_held}
    item = {question: thing for question, thing in named.items() if thing}
    body: Document = {"type": order_type.code, "answers": {}, "items": [item]}
    if start.account:
        body["account_id"] = start.account
    if start.parent is None:
        return body
    found = await visible_order(session, person, start.parent)
    return body | await _after(session, order_type, start, found)


async def _after(session: Session, order_type: OrderType, start: Start, found: OrderFound) -> Document:
    """The new order is about the lines or devices of the earlier one.

    If it takes that one back, its answers are what was so before.
    """
    ref = OrderRef(tenant=found.row.tenant, id=found.row.id)
    items = [
        item
        for item in items_for(start.cause, await order_rows.items_of(session, ref))
        if start.line in {None, item.line_id, item.mdn}
    ]
    follows: Document = {"parent": found.row.number, "cause": start.cause.value}
    if order_type.about_devices and start.device_held is None:
        device_ids = await devices.of_items(session, ref.tenant, items)
        follows |= {"items": [{DEVICE_HELD.code: device_id} for device_id in device_ids]} if device_ids else {}
    if order_type.about_lines and any(item.line_id for item in items):
        follows["items"] = [_item(order_type, item, start.cause) for item in items if item.line_id]
    if order_type.changes_hands and start.cause is Cause.INVERSE:
        before = await change_log.lines_before(session, ref)
        holders = {before[item.id].holder.person_id for item in items if item.id in before}
        holder = holders.pop() if len(holders) == 1 else None
        return follows | ({"beneficiary_id": holder} if holder else {})
    if not order_type.about_inventory and found.row.beneficiary_id:
        follows["beneficiary_id"] = found.row.beneficiary_id
    return follows


def items_for(cause: Cause, items: list[ItemRow]) -> list[ItemRow]:
    """The items that the next order is about: those that were done, or for an alternative those that were not."""
    return [item for item in items if (item.state == ItemState.DONE) is not (cause is Cause.ALTERNATIVE)]


def _item(order_type: OrderType, item: ItemRow, cause: Cause) -> Document:
    answers = item.before if cause is Cause.INVERSE else {}
    asked = {one.code: questions.find(one.code) for one in order_type.asked(AskedAt.SUBMIT)}
    kept = {
        code: answer
        for code, answer in answers.items()
        if answer is not None
        and code in asked
        and asked[code].scope is Scope.ITEM
        and asked[code].secrecy is Secrecy.PLAIN
    }
    return {**kept, LINE.code: item.line_id}
