"""A person's pending approvals, and their decisions."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from api.approvals.schemas import ApprovalQuery, PendingApproval
from api.deps import Access, Services
from api.http.paging import CursorPage, cut_page, decode_cursor
from api.orders.command_payloads import IN_DELIVERY, ApprovalDecision, CommandContext
from api.orders.command_schemas import CommandResult, DecisionIn
from api.orders.commands import Command, accept, deliver
from models import formatting
from models.db import order_details
from models.db.approvals import approval_requests
from models.db.approvals.tables import ApprovalRow
from models.db.encryption import Keyring
from models.db.facts.base import for_order
from models.db.order_details import OrderDetails
from models.db.orders import order_values
from models.db.session import Session
from models.errors import AlreadyDecided, NotFound
from models.lifecycle import Action, Status
from models.order import Changes
from models.order_type import texts_of
from policies import eligibility
from policies.access import Right
from policies.evaluate import changes

CLOSED = "This request is closed. You don't need to do anything."


_LIST = "approvals"
_ORDER_COLUMNS = {"reason", "one_time", "monthly", "monthly_before", "term_total", "currency", "flags"}
_APPROVAL_COLUMNS = {"id", "round", "stage", "label", "why", "requested_at", "due_at"}


async def pending_approvals(services: Services, access: Access, query: ApprovalQuery) -> CursorPage[PendingApproval]:
    """The earliest due date first."""
    person, after = access.person, decode_cursor(query.cursor, _LIST)
    async with services.database.read() as session:
        rows = await approval_requests.pending_for(
            session, person.tenant, person.id, after=after, limit=query.limit + 1
        )
    views = [
        PendingApproval.model_validate(
            {
                **one.order.model_dump(include=_ORDER_COLUMNS),
                **one.approval.model_dump(include=_APPROVAL_COLUMNS),
                "order": one.order.number,
                "type": {
                    "code": one.order.type_code,
                    "title": texts_of(services.order_types, one.order.type_code, one.order.answers).title,
                    "family": one.order.family,
                },
                "title": formatting.order_title(one.order.title),
                "requester": one.requester,
                "beneficiary": one.beneficiary,
            }
        )
        for one in rows
    ]
    return cut_page(views, query.limit, _LIST)


@dataclass(frozen=True, kw_only=True)
class OwnApproval:
    """One of this person's approvals, with its order. `in_delivery`: their decision hasn't reached the order yet."""

    approval: ApprovalRow
    details: OrderDetails
    in_delivery: bool

    @property
    def outcome(self) -> str:
        if self.approval.decided_by_name and self.approval.decided_at:
            on = self.approval.decided_at.astimezone(ZoneInfo(self.details.policy.time_zone))
            return f"{self.approval.decided_by_name} {self.approval.state} this on {formatting.day(on)}."
        return CLOSED

    @property
    def closed_reason(self) -> str | None:
        """Why nothing is left to decide; None while the approval is pending."""
        if self.approval.state == "pending":
            return IN_DELIVERY if self.in_delivery else None
        order = self.details.order
        if self.approval.state == "superseded" and order.status == Status.INFO_REQUESTED:
            requester = self.details.name(order.requester_id)
            return f"Question sent to {requester}. You'll get the request back with the answer."
        return self.outcome


async def read_own(services: Services, access: Access, approval_id: str) -> OwnApproval:
    """Raises NotFound for an approval that was never this person's."""
    async with services.database.read() as session:
        return await _read(session, await _find_own(session, access, approval_id))


async def _read(session: Session, approval: ApprovalRow) -> OwnApproval:
    details = await order_details.load(session, approval.tenant, approval.order_id)
    message = await approval_requests.last_decision(session, approval)
    in_delivery = message is not None and message.state == "waiting"
    return OwnApproval(approval=approval, details=details, in_delivery=in_delivery)


async def changes_today(services: Services, details: OrderDetails) -> Changes:
    """What has changed since the order was submitted or approved."""
    needs = eligibility.needs_again(order_values.type_of(details.order))
    async with services.database.read() as session:
        known = await for_order(session, details.order, details.items, needs=needs)
    return changes(known, order_values.ruling_of(details.order))


async def decide(
    services: Services, access: Access, approval_id: str, body: DecisionIn, key: str | None
) -> CommandResult:
    """Raises NotFound for an approval that was never this person's, AlreadyDecided for one that isn't pending."""
    context = await services.database.run(_decide, services.keyring, access, approval_id, body, key)
    return await deliver(services, context)


async def _decide(  # noqa: PLR0917 - who decides what, and how often
    session: Session, keyring: Keyring, access: Access, approval_id: str, body: DecisionIn, key: str | None
) -> CommandContext:
    approval = await _find_own(session, access, approval_id)
    if approval.state != "pending" and key is None:
        raise AlreadyDecided((await _read(session, approval)).outcome)
    command = Command(
        action=Action(body.decision),
        ref=approval.order_id,
        body=ApprovalDecision(approval=approval, comment=body.comment),
        key=key,
        # An approver needs no other right. The workflow checks whether the stage is still open.
        right=Right.ORDER_READ,
    )
    return await accept(session, keyring, access, command)


async def _find_own(session: Session, access: Access, approval_id: str) -> ApprovalRow:
    row = await approval_requests.find_approval(session, access.person.tenant, approval_id)
    if row is None or row.approver_id != access.person.id:
        raise NotFound
    return row
