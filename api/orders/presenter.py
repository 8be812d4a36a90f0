"""One order as a person may see it: what was ordered, where it stands, what comes next, what they may do."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.deps import Access, Services
from api.orders.schemas import (
    AccountView,
    ApprovalView,
    CarrierView,
    ItemView,
    NextView,
    OrderView,
    PersonView,
    PriceView,
    TypeView,
)
from models.db.approvals.tables import ApprovalRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.orders import order_rows, order_values
from models.db.orders.my_orders import OrderSummaryRow
from models.db.orders.order_rows import OrderFound
from models.db.orders.tables import EventRow, ItemRow
from models.db.session import Session
from models.lifecycle import TMF622_STATES, Event, Status, actions_for
from models.order import OrderRef
from policies.access import Right, mask, right_to
from policies.next_step import NextStep, next_step

_LOOKS = 20
_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True, kw_only=True)
class OrderRecord:
    """All rows a view of one order is made of."""

    found: OrderFound
    items: list[ItemRow]
    approvals: list[tuple[ApprovalRow, str]]
    at_carrier: list[CarrierOrderRow]
    products: Mapping[str, str]
    last: EventRow | None


# Statuses whose outlook rests on what the last such entry said.
TOLD_BY: Mapping[str, str] = {
    Status.INFO_REQUESTED: Event.INFO_REQUESTED,
    Status.VENDOR_INFO_REQUIRED: Event.VENDOR_INFO_REQUIRED,
    Status.ON_HOLD: Event.HELD,
    Status.REJECTED: Event.REJECTED,
    Status.WITHDRAWN: Event.WITHDRAWN,
    Status.CANCELED: Event.CANCELED,
    Status.VENDOR_REJECTED: Event.VENDOR_REJECTED,
}


async def read(session: Session, access: Access, ref: str) -> OrderRecord:
    """Load an order the person may see. Raises NotFound."""
    found = await _found(session, access, ref)
    return await _sheet(session, found, await _told(session, found))


async def read_with_history(session: Session, access: Access, ref: str) -> tuple[OrderRecord, list[EventRow]]:
    """Load an order the person may see, and all that happened to it. Raises NotFound."""
    found = await _found(session, access, ref)
    history = await order_rows.timeline(session, found.row.tenant, found.row.id)
    telling = TOLD_BY.get(found.row.status)
    last = next((entry for entry in reversed(history) if entry.event == telling), None)
    return await _sheet(session, found, last), history


async def _found(session: Session, access: Access, ref: str) -> OrderFound:
    found = await order_rows.find(session, access.person, ref)
    access.check(found.relations)
    return found


async def _sheet(session: Session, found: OrderFound, last: EventRow | None) -> OrderRecord:
    items = await order_values.items_of(session, OrderRef(tenant=found.row.tenant, id=found.row.id))
    return OrderRecord(
        found=found,
        items=items,
        approvals=await order_rows.approvals_of(session, found.row),
        at_carrier=await order_rows.carrier_orders_of(session, found.row),
        products=await order_rows.product_names(session, found.row.tenant, _skus(items)),
        last=last,
    )


async def read_at(services: Services, access: Access, ref: str, seq: int) -> OrderRecord:
    """Load an order, giving the projection a moment to reach `seq`. Raises NotFound."""
    await reached(services, access, ref, seq)
    async with services.database.transaction() as session:
        return await read(session, access, ref)


async def reached(services: Services, access: Access, ref: str, seq: int) -> None:
    """Give the projection a moment to reach `seq`; 0 waits for nothing."""
    for _ in range(_LOOKS if seq else 0):
        async with services.database.transaction() as session:
            found = await order_rows.find(session, access.person, ref)
        if found.row.seq >= seq:
            return
        await asyncio.sleep(_BETWEEN_LOOKS)


def show(sheet: OrderRecord, access: Access, services: Services) -> OrderView:
    """The order as this person may see it."""
    row = sheet.found.row
    return OrderView(
        **{name: getattr(row, name) for name in _SAME},
        type=TypeView(code=row.type_code, title=row.type["title"], family=row.family),
        tmf622_state=TMF622_STATES[Status(row.status)],
        next=NextView.model_validate(next_of(sheet, services, access.person.id)),
        allowed_actions=allowed_actions(sheet, access),
        requester=PersonView(id=row.requester_id, name=sheet.found.requester),
        beneficiary=PersonView(id=row.beneficiary_id, name=sheet.found.beneficiary),
        account=AccountView.model_validate(sheet.found.account),
        carrier=_carrier(sheet, services),
        answers=_answers(row.answers, access, sheet),
        price=PriceView.model_validate(row),
        items=[_item(item, access, sheet) for item in sheet.items],
        approvals=[_approval(approval, name) for approval, name in sheet.approvals],
    )


_SAME = (
    *("id", "number", "status", "seq", "urgency", "effective_at", "external_number", "po_number"),
    *("cost_center_one_time", "cost_center_recurring", "reason", "instructions", "contact", "watchers"),
    *("policy_version", "flags", "created_at", "updated_at", "closed_at", "due_at"),
)


def next_of(sheet: OrderRecord, services: Services, viewer_id: str) -> NextStep:
    """What happens next with the order."""
    pending = [(approval, name) for approval, name in sheet.approvals if approval.state == "pending"]
    standing = OrderSummaryRow(
        row=sheet.found.row,
        requester=sheet.found.requester,
        beneficiary=sheet.found.beneficiary,
        approvers=tuple(name for _, name in pending),
        decide_by=min((approval.due_at for approval, _ in pending), default=None),
        expected_at=min((item.expected_at for item in sheet.items if item.expected_at), default=None),
        told=sheet.last.data if sheet.last else {},
    )
    return foretell(standing, services, viewer_id)


def foretell(standing: OrderSummaryRow, services: Services, viewer_id: str | None = None) -> NextStep:
    """What happens next with an order that stands so."""
    row = standing.row
    return next_step(
        Status(row.status),
        requester=standing.requester,
        beneficiary=standing.beneficiary,
        approvers=standing.approvers,
        carrier=_carrier_name(row.carrier, services),
        due_at=standing.decide_by or row.due_at,
        expected_at=standing.expected_at,
        details=standing.told,
        done=order_values.type_of(row).done,
        for_beneficiary=row.beneficiary_id == viewer_id,
    )


def allowed_actions(sheet: OrderRecord, access: Access) -> list[str]:
    """What this person may do to the order now."""
    status, relations = Status(sheet.found.row.status), sheet.found.relations
    return sorted(one for one in actions_for(status) if access.may(right_to(one, status), relations))


def etag(sheet: OrderRecord) -> str:
    """Changes with everything that happens to the order."""
    return f'W/"{sheet.found.row.id}.{sheet.found.row.seq}"'


def _skus(items: Iterable[ItemRow]) -> set[str]:
    said = (answer for item in items for answer in item.answers.values())
    words = (word for answer in said for word in (answer if isinstance(answer, list) else [answer]))
    return {word for word in words if isinstance(word, str)}


async def _told(session: Session, found: OrderFound) -> EventRow | None:
    event = TOLD_BY.get(found.row.status)
    if event is None:
        return None
    told = await order_rows.timeline(session, found.row.tenant, found.row.id, events=[event])
    return told[-1] if told else None


def _carrier(sheet: OrderRecord, services: Services) -> CarrierView | None:
    code = sheet.found.row.carrier
    if code is None:
        return None
    references = [one.carrier_ref for one in sheet.at_carrier if one.carrier_ref is not None]
    return CarrierView(code=code, name=_carrier_name(code, services) or code, references=references)


def _carrier_name(code: str | None, services: Services) -> str | None:
    carrier = services.carriers.get(code or "")
    return carrier.name if carrier is not None else code


def _item(item: ItemRow, access: Access, sheet: OrderRecord) -> ItemView:
    shown = ItemView.model_validate({**item.model_dump(), "products": _named(item, sheet.products)})
    own = {ask: answer for ask, answer in item.answers.items() if ask not in sheet.found.row.answers}
    shown = shown.model_copy(update={"answers": _answers(own, access, sheet)})
    if access.may(Right.ORDER_IDENTIFIERS, sheet.found.relations):
        return shown
    return shown.model_copy(update={name: mask(getattr(shown, name)) for name in IDENTIFIERS})


IDENTIFIERS = ("mdn", "imei", "imei2", "iccid", "eid")


def _named(item: ItemRow, names: Mapping[str, str]) -> dict[str, str]:
    return {sku: names[sku] for sku in sorted(_skus([item]) & set(names))}


def _answers(answers: Mapping[str, Any], access: Access, sheet: OrderRecord) -> dict[str, Any]:
    """The answers; those who need not know them see masked identifiers and of an address the town alone."""
    if access.may(Right.ORDER_IDENTIFIERS, sheet.found.relations):
        return dict(answers)
    shown = {name: mask(answer) if name in IDENTIFIERS else answer for name, answer in answers.items()}
    if "ship_to" in answers:
        shown["ship_to"] = {name: answers["ship_to"].get(name) for name in ("city", "state", "country")}
    return shown


def _approval(approval: ApprovalRow, name: str) -> ApprovalView:
    return ApprovalView.model_validate(
        {
            **approval.model_dump(exclude={"decided_by"}),
            "approver": {"id": approval.approver_id, "name": name},
            "decided_by": approval.decided_by_name,
        }
    )
