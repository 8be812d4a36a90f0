"""Who is meant when an entry is announced: audiences, turned into the people of one order."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from models.db.approvals import approval_requests
from models.db.approvals.tables import ApprovalRow
from models.db.notifications import email_queue
from models.db.orders import order_values
from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.order import Order, OrderEvent
from notifications.event_emails import DECIDING, Audience


@dataclass(frozen=True, kw_only=True)
class NotificationContext:
    """An order as an entry leaves it: its row, which mails its tenant has switched off, who is asked, who is meant."""

    order: OrderRow
    off: frozenset[str]
    pending: Mapping[str, ApprovalRow]
    audiences: Mapping[Audience, list[str]]

    def ids(self, audiences: Iterable[Audience]) -> list[str]:
        """The people of some audiences, whoever is in several of them once."""
        return list(dict.fromkeys(person for audience in audiences for person in self.audiences[audience]))


async def notification_context(
    session: Session, order: Order, entry: OrderEvent, wanted: Collection[Audience]
) -> NotificationContext:
    """Look at the order within the transaction that recorded the entry, as far as these audiences need it."""
    row, off = await order_values.row_with_disabled_emails(session, order.ref)
    approvals = [] if DECIDING.isdisjoint(wanted) else await approval_requests.approvals_of(session, order)
    admins = await email_queue.admin_ids(session, order.tenant) if Audience.ADMINS in wanted else []
    return NotificationContext(
        order=row,
        off=frozenset(off),
        pending={one.approver_id: one for one in approvals if one.state == "pending"},
        audiences=_from_order(row, entry) | _from_approvals(approvals) | {Audience.ADMINS: admins},
    )


def _from_order(row: OrderRow, entry: OrderEvent) -> dict[Audience, list[str]]:
    data = dict(entry.data)
    return {
        Audience.REQUESTER: [row.requester_id],
        Audience.BENEFICIARY: [row.beneficiary_id],
        Audience.WATCHERS: row.watchers,
        Audience.NEW_APPROVER: [data["to"]["person_id"]] if "to" in data else [],
        Audience.FORMER_APPROVER: [data["from_id"]] if "from_id" in data else [],
        Audience.HOLDER: [data["holder_id"]] if data.get("holder_id") else [],
    }


def _from_approvals(approvals: list[ApprovalRow]) -> dict[Audience, list[str]]:
    latest = max(((one.round, one.stage) for one in approvals), default=None)
    return {
        Audience.PENDING_APPROVERS: [one.approver_id for one in approvals if one.state == "pending"],
        Audience.EARLIER_APPROVERS: [one.approver_id for one in approvals if one.state == "approved"],
        Audience.ASKED_LAST: [
            one.approver_id
            for one in approvals
            if (one.round, one.stage) == latest and one.state in {"superseded", "expired"}
        ],
    }
