"""Resolves the audiences of an event to people."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from models.db.approvals import approval_requests
from models.db.approvals.tables import ApprovalRow
from models.db.notifications import email_queue
from models.db.orders import order_values
from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.order import Order, OrderEvent
from notifications.event_emails import APPROVAL_AUDIENCES, Audience


@dataclass(frozen=True, kw_only=True)
class NotificationContext:
    """An order after an event: the emails its tenant has disabled, its pending approvals by approver, its people."""

    order: OrderRow
    disabled: frozenset[str]
    pending: Mapping[str, ApprovalRow]
    audiences: Mapping[Audience, list[str]]

    def ids(self, audiences: Iterable[Audience]) -> list[str]:
        """The ids of the people in these audiences, each once."""
        return list(dict.fromkeys(person for audience in audiences for person in self.audiences[audience]))


async def notification_context(
    session: Session, order: Order, event: OrderEvent, audiences: Collection[Audience]
) -> NotificationContext:
    """Read what these audiences need, in the transaction that recorded the event."""
    row, disabled = await order_values.row_with_disabled_emails(session, order.ref)
    approvals = [] if APPROVAL_AUDIENCES.isdisjoint(audiences) else await approval_requests.approvals_of(session, order)
    admins = await email_queue.admin_ids(session, order.tenant) if Audience.ADMINS in audiences else []
    return NotificationContext(
        order=row,
        disabled=frozenset(disabled),
        pending={approval.approver_id: approval for approval in approvals if approval.state == "pending"},
        audiences=_from_order(row, event) | _from_approvals(approvals) | {Audience.ADMINS: admins},
    )


def _from_order(row: OrderRow, event: OrderEvent) -> dict[Audience, list[str]]:
    data = dict(event.data)
    return {
        Audience.REQUESTER: [row.requester_id],
        Audience.BENEFICIARY: [row.beneficiary_id],
        Audience.WATCHERS: row.watchers,
        Audience.NEW_APPROVER: [data["to"]["person_id"]] if "to" in data else [],
        Audience.FORMER_APPROVER: [data["from_id"]] if "from_id" in data else [],
        Audience.HOLDER: [data["holder_id"]] if data.get("holder_id") else [],
    }


def _from_approvals(approvals: list[ApprovalRow]) -> dict[Audience, list[str]]:
    latest = max(((approval.round, approval.stage) for approval in approvals), default=None)
    return {
        Audience.PENDING_APPROVERS: [approval.approver_id for approval in approvals if approval.state == "pending"],
        Audience.EARLIER_APPROVERS: [approval.approver_id for approval in approvals if approval.state == "approved"],
        Audience.LAST_ASKED: [
            approval.approver_id
            for approval in approvals
            if (approval.round, approval.stage) == latest and approval.state in {"superseded", "expired"}
        ],
    }
