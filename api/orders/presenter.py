"""Builds the view of one order for one person: what was ordered, its status, the next step, the allowed actions."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from api.deps import Access, Services
from api.orders.backorders import is_asked_to_wait
from api.orders.schemas import (
    AccountView,
    ApprovalView,
    AttestationView,
    CarrierQuoteView,
    CarrierView,
    HolderView,
    ItemView,
    OrderLink,
    OrderView,
    ParcelView,
    PersonView,
    PriceView,
    ReturnView,
    TaskLink,
    TypeView,
    view_of,
)
from models import formatting, questions
from models.db import order_record
from models.db.approvals.tables import ApprovalRow
from models.db.attestations.tables import AttestationRow
from models.db.order_record import OrderParts
from models.db.orders import item_reports, order_rows, order_values
from models.db.orders.my_orders import OrderSummaryRow
from models.db.orders.order_rows import OrderFound, RelatedOrder
from models.db.orders.tables import EventRow, ItemRow, OrderRow, ParcelRow
from models.db.returns import return_cases
from models.db.returns.return_cases import OpenReturn
from models.db.returns.tables import ReturnCaseRow
from models.db.session import Session
from models.db.tasks import tasks
from models.db.tasks.tasks import TaskFound
from models.events.approval import INFO_PROVIDED, INFO_REQUESTED, REJECTED
from models.events.ending import CANCELED, VENDOR_REJECTED, WITHDRAWN
from models.events.fulfillment import BACKORDERED, NEW_NUMBER, VENDOR_INFO_REQUIRED
from models.events.preparation import HELD, NO_LONGER_ALLOWED
from models.events.returns import RETURN_STEPS
from models.events.waiting import BACKORDER_DECISION, KEPT_WAITING, REFUSED
from models.holder import NOBODY
from models.lifecycle import ACTIONS, OPENS_ORDER, TASK_ACTIONS, TMF622_STATES, Action, ItemState, Status
from models.order import OrderRef
from models.order_type import Texts, texts_of
from models.questions.features import outcome_in_words
from models.questions.returns import RETURN_WAY
from models.readable import readable
from models.task import task_kind
from notifications.return_text import return_text
from policies.access import Right, required_right
from policies.next_step import NextStep, next_step
from policies.possible_actions import is_possible

_SHIPPED = frozenset({Status.SHIPPED, Status.AWAITING_ACTIVATION})
_POLLS = 20
_POLL_SECONDS = 0.05
_ORDER_COLUMNS = (
    *("id", "number", "status", "seq", "urgency", "effective_at", "external_number", "po_number"),
    *("cost_center_one_time", "cost_center_recurring", "reason", "instructions", "contact", "watchers"),
    *("policy_version", "flags", "created_at", "updated_at", "closed_at", "due_at"),
)
_IDENTIFIERS = ("mdn", "imei", "imei2", "iccid", "eid")
# The events of which the latest explains a status by its data: a question, a reason, the order it waits for.
EXPLAINING_EVENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        Status.INFO_REQUESTED: (INFO_REQUESTED.code,),
        Status.VENDOR_INFO_REQUIRED: (
            *(VENDOR_INFO_REQUIRED.code, INFO_PROVIDED.code),
            *(REFUSED.code, NEW_NUMBER.code),
        ),
        Status.BACKORDERED: (BACKORDERED.code, BACKORDER_DECISION.code, KEPT_WAITING.code),
        Status.ON_HOLD: (HELD.code, NO_LONGER_ALLOWED.code),
        Status.IN_FULFILLMENT: RETURN_STEPS,
        Status.SHIPPED: RETURN_STEPS,
        Status.AWAITING_ACTIVATION: RETURN_STEPS,
        Status.REJECTED: (REJECTED.code,),
        Status.WITHDRAWN: (WITHDRAWN.code,),
        Status.CANCELED: (CANCELED.code,),
        Status.VENDOR_REJECTED: (VENDOR_REJECTED.code,),
    }
)


@dataclass(frozen=True, kw_only=True)
class OrderRecord:
    """The rows of one order; `last_event` explains the status, if that needs it.

    By item: what it `returns`, the open order that takes it back (`returning`), and the id of the device
    that is on its way (`on_way`). `asked_to_wait`: the requester is asked whether to keep waiting for what is
    backordered.
    """

    found: OrderFound
    parts: OrderParts
    open_tasks: list[TaskFound]
    related: list[RelatedOrder]
    last_event: EventRow | None
    asked_to_wait: bool
    returns: Mapping[str, ReturnCaseRow]
    returning: Mapping[str, OpenReturn]
    on_way: Mapping[str, str]


async def read_at(services: Services, access: Access, ref: str, seq: int = 0) -> OrderRecord:
    """Read an order, waiting up to a second for event `seq`. Raises NotFound."""
    await wait_for_event(services, access, ref, seq)
    async with services.database.read() as session:
        found = await _find(session, access, ref)
        return await _read(session, access, found, await _last_event(session, found))


async def read_with_events(session: Session, access: Access, ref: str) -> tuple[OrderRecord, list[EventRow]]:
    """Raises NotFound."""
    found = await _find(session, access, ref)
    events = await order_rows.timeline(session, found.row.tenant, found.row.id)
    explained_by = EXPLAINING_EVENTS.get(found.row.status, ())
    last_event = next((event for event in reversed(events) if event.event in explained_by), None)
    return await _read(session, access, found, last_event), events


async def wait_for_event(services: Services, access: Access, ref: str, seq: int) -> None:
    """Wait up to a second until the order has event `seq`; 0 doesn't wait. Raises NotFound."""
    for _ in range(_POLLS if seq else 0):
        async with services.database.read() as session:
            found = await order_rows.find(session, access.person, ref)
        if found.row.seq >= seq:
            return
        await asyncio.sleep(_POLL_SECONDS)


async def _find(session: Session, access: Access, ref: str) -> OrderFound:
    found = await order_rows.find(session, access.person, ref)
    access.check(found.relations)
    return found


async def _last_event(session: Session, found: OrderFound) -> EventRow | None:
    explained_by = EXPLAINING_EVENTS.get(found.row.status)
    if explained_by is None:
        return None
    events = await order_rows.timeline(session, found.row.tenant, found.row.id, events=explained_by)
    return events[-1] if events else None


async def _read(session: Session, access: Access, found: OrderFound, last_event: EventRow | None) -> OrderRecord:
    ref = OrderRef(tenant=found.row.tenant, id=found.row.id)
    parts = await order_record.parts_of(session, ref)
    has_shipped = found.row.status in _SHIPPED
    return OrderRecord(
        found=found,
        parts=parts,
        related=await order_rows.related(session, access.person, found.row),
        open_tasks=await tasks.open_of(session, access.person, found.row.id),
        last_event=last_event,
        asked_to_wait=await is_asked_to_wait(session, found.row, parts.items),
        returns=await return_cases.of_order(session, ref) if order_values.type_of(found.row).returns else {},
        returning=await return_cases.open_of_items(session, ref) if has_shipped else {},
        on_way=await return_cases.devices_on_way(session, ref) if has_shipped else {},
    )


def order_view(record: OrderRecord, access: Access, services: Services) -> OrderView:
    row = record.found.row
    visible = [one for one in record.related if access.is_allowed(Right.ORDER_READ, one.relations)]
    return OrderView(
        **{name: getattr(row, name) for name in _ORDER_COLUMNS},
        type=TypeView(code=row.type_code, title=_texts(row, services).title, family=row.family),
        title=title_of(record.found, access),
        tmf622_state=TMF622_STATES[Status(row.status)],
        next=_next_step(record, services, access.person.id),
        allowed_actions=_allowed_actions(record, access, services.now()),
        tasks=[
            TaskLink(id=task.row.id, title=task_kind(task.row.kind).title)
            for task in record.open_tasks
            if access.is_allowed(Right.TASK_READ, task.relations)
        ],
        requester=PersonView(id=row.requester_id, name=record.found.requester),
        beneficiary=HolderView.model_validate(record.found.beneficiary),
        account=AccountView.model_validate(record.found.account),
        carrier=_carrier(record, access, services),
        answers=_answers(row.answers, access, record),
        price=PriceView.model_validate(row),
        items=[_item(item, access, record) for item in record.parts.items],
        approvals=[_approval(approval, name) for approval, name in record.parts.approvals],
        attestations=[_attestation(*one) for one in record.parts.attestations],
        follows=next((_link(one, access) for one in visible if one.is_parent), None),
        followed_by=[_link(one, access) for one in visible if not one.is_parent],
    )


def _texts(row: OrderRow, services: Services) -> Texts:
    return texts_of(services.order_types, row.type_code, row.answers)


def _link(order: RelatedOrder, access: Access) -> OrderLink:
    row, readable = order.row, access.is_allowed(Right.ORDER_IDENTIFIERS, order.relations)
    title = formatting.order_title(row.title, masked=not readable)
    return OrderLink(number=row.number, title=title, status=row.status, cause=order.cause)


def title_of(found: OrderFound, access: Access) -> str:
    """The order's title; its phone number is masked for people who can't see identifiers."""
    return formatting.order_title(
        found.row.title, masked=not access.is_allowed(Right.ORDER_IDENTIFIERS, found.relations)
    )


def _next_step(record: OrderRecord, services: Services, viewer_id: str) -> NextStep:
    pending = [(approval, name) for approval, name in record.parts.approvals if approval.state == "pending"]
    summary = OrderSummaryRow(
        row=record.found.row,
        requester=record.found.requester,
        beneficiary=record.found.beneficiary,
        represented_by=record.found.represented_by,
        approvers=tuple(name for _, name in pending),
        decide_by=min((approval.due_at for approval, _ in pending), default=None),
        expected_at=min((item.expected_at for item in record.parts.items if item.expected_at), default=None),
        item_states=tuple(item.state for item in record.parts.items),
        explanation=record.last_event.data if record.last_event else {},
    )
    is_late = any(task_kind(task.row.kind).is_about_waiting for task in record.open_tasks)
    return next_step_of(summary, services, viewer_id, with_operator=is_late)


def next_step_of(
    summary: OrderSummaryRow, services: Services, viewer_id: str, *, with_operator: bool = False
) -> NextStep:
    """The next step of an order, worded for the viewer; see `next_step`."""
    row = summary.row
    for_whom = summary.requester if row.beneficiary == NOBODY else summary.beneficiary.name
    parties = {"requester": row.requester_id, "beneficiary": summary.represented_by}
    return next_step(
        Status(row.status),
        requester=summary.requester,
        beneficiary=for_whom,
        approvers=summary.approvers,
        carrier=services.carrier_names.get(row.carrier or "", row.carrier),
        due_at=summary.decide_by or row.due_at,
        expected_at=summary.expected_at,
        details={**summary.explanation, RETURN_WAY.code: row.answers.get(RETURN_WAY.code)},
        to_activate=summary.item_states.count(ItemState.AWAITING_ACTIVATION),
        processing=_texts(row, services).processing,
        done=_texts(row, services).result(len(summary.item_states)),
        with_operator=with_operator,
        reader={party for party, person_id in parties.items() if person_id == viewer_id},
    )


def _allowed_actions(record: OrderRecord, access: Access, at: datetime) -> list[str]:
    row, relations = record.found.row, record.found.relations
    status, order = Status(row.status), order_values.from_rows(row, record.parts.items)
    return sorted(
        action
        for action in ACTIONS[status] - TASK_ACTIONS - (set() if record.asked_to_wait else {Action.KEEP_WAITING})
        if access.is_allowed(required_right(action, status), relations)
        and is_possible(action, order, status, _states_for(action, record), at)
    )


def _states_for(action: Action, record: OrderRecord) -> list[ItemState]:
    """Those of the items with which it can be done, as far as another order takes some of them back."""
    busy = record.returning if action in OPENS_ORDER else {}
    if action is Action.ACTIVATE:
        busy = {item_id: one for item_id, one in record.returning.items() if not one.is_traced}
    return [ItemState(item.state) for item in record.parts.items if item.id not in busy]


def etag(record: OrderRecord) -> str:
    """Changes with every event of the order."""
    return f'W/"{record.found.row.id}.{record.found.row.seq}"'


def _skus(items: Iterable[ItemRow]) -> set[str]:
    """Every text among the answers and what they replace: those that are no SKUs simply have no product."""
    answers = (answer for item in items for answer in (*item.answers.values(), *item.before.values()))
    values = (value for answer in answers for value in (answer if isinstance(answer, list) else [answer]))
    return {value for value in values if isinstance(value, str)}


def _carrier(record: OrderRecord, access: Access, services: Services) -> CarrierView | None:
    """Without the carrier's references for people without the right to identifiers."""
    code = record.found.row.carrier
    if code is None:
        return None
    shown = access.is_allowed(Right.ORDER_IDENTIFIERS, record.found.relations)
    references = [one.carrier_ref for one in record.parts.carrier_orders if shown and one.carrier_ref is not None]
    return CarrierView(code=code, name=services.carrier_names.get(code, code), references=references)


def _item(item: ItemRow, access: Access, record: OrderRecord) -> ItemView:
    products = {sku: record.parts.products[sku] for sku in sorted(_skus([item]) & set(record.parts.products))}
    answers = item_reports.current_answers(item)
    own_answers = {ask: answer for ask, answer in answers.items() if ask not in record.found.row.answers}
    parcels = record.parts.parcels[item.id]
    fields = item.model_dump() | {"products": products, "answers": _answers(own_answers, access, record)}
    fields["parcels"] = [_parcel(item, parcel) for parcel in parcels]
    fields["delivered_at"] = item_reports.delivered_at(item, parcels)
    reported = [item.reported_at, *(parcel.reported_at for parcel in parcels)]
    fields["reported_at"] = max(filter(None, reported), default=None)
    fields["carrier_quote"] = _carrier_quote(item, record.found.row)
    fields["device_name"] = record.parts.devices.get(item.device_id or "")
    fields["before"] = _answers(item.before, access, record)
    fields["returned"] = _return(record.returns[item.id], access, record) if item.id in record.returns else None
    fields["refused_features"] = [{"sku": sku, "reason": reason} for sku, reason in item.refused_features]
    if item.state == ItemState.PARTLY_DONE:
        fields["detail"] = outcome_in_words(item.answers, item.refused_features, record.parts.products)
    if not access.is_allowed(Right.ORDER_IDENTIFIERS, record.found.relations):
        fields |= {name: formatting.mask(fields[name]) for name in _IDENTIFIERS}
    return ItemView.model_validate(fields)


def _carrier_quote(item: ItemRow, row: OrderRow) -> CarrierQuoteView | None:
    quotes = order_values.carrier_quotes_of(row)
    return view_of(quotes[item.number - 1], row.currency) if quotes else None


def _return(row: ReturnCaseRow, access: Access, record: OrderRecord) -> ReturnView:
    """The label is for those who send the device, and for those who help them."""
    order = record.found.row
    known = row.model_dump() | {"summary": return_text(row, order.currency, order.answers).outcome}
    if not access.is_allowed(Right.ORDER_IDENTIFIERS, record.found.relations):
        known["label_url"] = None
    return ReturnView.model_validate(known)


def _parcel(item: ItemRow, parcel: ParcelRow) -> ParcelView:
    known = parcel.model_dump() | {"tracking_url": parcel.tracking_url}
    return ParcelView.model_validate(known | {"delivered_at": item_reports.arrived_at(item, parcel)})


def _answers(answers: Mapping[str, Any], access: Access, record: OrderRecord) -> dict[str, Any]:
    """As far as the person can see them."""
    relations = record.found.relations
    up_to = readable(relations, identifiers=access.is_allowed(Right.ORDER_IDENTIFIERS, relations))
    return {code: questions.find(code).visible(answer, up_to) for code, answer in answers.items()}


def _attestation(row: AttestationRow, name: str) -> AttestationView:
    question = questions.find(row.question)
    known = row.model_dump() | {"label": question.label, "agrees_to": question.agrees_to}
    return AttestationView.model_validate(known | {"person": {"id": row.person_id, "name": name}})


def _approval(approval: ApprovalRow, name: str) -> ApprovalView:
    return ApprovalView.model_validate(
        {
            **approval.model_dump(exclude={"decided_by"}),
            "approver": {"id": approval.approver_id, "name": name},
            "decided_by": approval.decided_by_name,
        }
    )
