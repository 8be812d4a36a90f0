"""A new order as a link starts it: about a line, charged to an account, or after another order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from api.next_orders.part_done import done_answers
from api.orders.evaluation import visible_order
from models import questions
from models.db.inventory import change_log, devices
from models.db.orders import order_rows
from models.db.orders.order_rows import OrderFound
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.facts import Person
from models.holder import Holder
from models.lifecycle import ItemState
from models.order import OrderRef
from models.order_type import Cause, OrderType
from models.question import AskedAt, Question, Scope, Secrecy
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE
from models.questions.reassignment import ASSIGN_TO

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
    done = items_for(start.cause, await order_rows.items_of(session, ref))
    line_ids = await lines_of(session, ref, done)
    items = [item for item in done if start.line in {None, line_ids.get(item.id), item.mdn}]
    follows: Document = {"parent": found.row.number, "cause": start.cause.value}
    if order_type.about_devices and start.device_held is None:
        device_ids = await devices.of_items(session, ref.tenant, items)
        follows |= {"items": [{DEVICE_HELD.code: device_id} for device_id in device_ids]} if device_ids else {}
    if order_type.about_lines and line_ids:
        on_lines = ((item, line_ids[item.id]) for item in items if item.id in line_ids)
        follows["items"] = [_item(order_type, item, line_id, start.cause) for item, line_id in on_lines]
    if order_type.changes_hands and start.cause is Cause.INVERSE:
        before = await change_log.lines_before(session, ref)
        holders = {before[item.id].holder for item in items if item.id in before}
        return follows | (assigned_to(holders.pop()) if len(holders) == 1 else {})
    if not order_type.about_inventory and found.row.beneficiary_id:
        follows["beneficiary_id"] = found.row.beneficiary_id
    return follows


def assigned_to(holder: Holder) -> Document:
    """What an order says that assigns lines to this holder."""
    ids = {"beneficiary_id": holder.person_id, "beneficiary_site_id": holder.site_id}
    known = {name: value for name, value in ids.items() if value}
    return {"answers": {ASSIGN_TO.code: holder.kind.value}, **known}


def items_for(cause: Cause, items: Sequence[ItemRow]) -> list[ItemRow]:
    """The items that the next order is about: those that were done, or for an alternative those that were not."""
    return [item for item in items if ItemState(item.state).is_done is not (cause is Cause.ALTERNATIVE)]


async def lines_of(session: Session, ref: OrderRef, items: Sequence[ItemRow]) -> dict[str, str]:
    """The ids of the lines of items, by item: of an item about a device, the line that it was on."""
    before = await change_log.lines_before(session, ref) if any(item.device_id for item in items) else {}
    known = {item.id: item.line_id or (before[item.id].id if item.id in before else None) for item in items}
    return {item_id: line_id for item_id, line_id in known.items() if line_id}


def _taken_back(asked: Iterable[Question[Any]], item: ItemRow) -> Document:
    """What was added to the line as what ends, and what ended as what is added, as far as the carrier has done it."""
    done = done_answers(item)
    answered = [questions.find(code) for code in done]
    added = {one.adds_to: one.of(done) for one in answered if one.adds_to}
    ended: dict[str, list[str]] = {}
    for one in answered:
        if one.ends:
            ended.setdefault(one.ends, []).extend(one.of(done) or ())
    back = {one.code: ended.get(one.adds_to) if one.adds_to else added.get(one.ends) for one in asked}
    return {code: answer for code, answer in back.items() if answer}


def _item(order_type: OrderType, item: ItemRow, line_id: str, cause: Cause) -> Document:
    asked = {one.code: questions.find(one.code) for one in order_type.asked(AskedAt.SUBMIT)}
    answers = {**item.before, **_taken_back(asked.values(), item)} if cause is Cause.INVERSE else {}
    kept = {
        code: answer
        for code, answer in answers.items()
        if answer is not None
        and code in asked
        and asked[code].scope is Scope.ITEM
        and asked[code].secrecy is Secrecy.PLAIN
    }
    return {**kept, LINE.code: line_id}
