"""Who is meant when an entry is announced: audiences, turned into the people of one order."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import col, select

from models.db.approvals.tables import ApprovalRow
from models.db.notifications import email_queue
from models.db.orders.tables import OrderRow
from models.db.people.tables import TenantRow
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
    row, off = await _order(session, order)
    approvals = [] if DECIDING.isdisjoint(wanted) else await _approvals(session, order)
    admins = await email_queue.admin_ids(session, order.tenant) if Audience.ADMINS in wanted else []
    return NotificationContext(
        order=row,
        off=frozenset(off),
        pending={one.approver_id: one for one in approvals if one.state == "pending"},
        audiences=_from_order(row, entry) | _from_approvals(approvals) | {Audience.ADMINS: admins},
    )


async def _order(session: Session, order: Order) -> tuple[OrderRow, list[str]]:
    found = await session.exec(
        select(OrderRow, col(TenantRow.disabled_emails))
        .join(TenantRow, col(TenantRow.id) == col(OrderRow.tenant))
        .where(col(OrderRow.tenant) == order.tenant, col(OrderRow.id) == order.id)
        .execution_options(populate_existing=True)
    )
    return found.one()


async def _approvals(session: Session, order: Order) -> list[ApprovalRow]:
    found = await session.exec(
        select(ApprovalRow)
        .where(col(ApprovalRow.tenant) == order.tenant, col(ApprovalRow.order_id) == order.id)
        .order_by(col(ApprovalRow.id))
        .execution_options(populate_existing=True)
    )
    return list(found.all())


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
