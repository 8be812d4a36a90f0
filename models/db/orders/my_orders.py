"""A person's own orders, with who decides, what is expected when, and the event that explains the status."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, union
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select

from models.db.approvals.tables import ApprovalRow
from models.db.clauses import acts_for_beneficiary, holder_name, matches, site_contacts
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.facts import Person
from models.holder import NamedHolder


@dataclass(frozen=True, kw_only=True)
class OrderSummaryRow:
    """One order; `explanation` is the data of the last event that explains the status, empty if none does."""

    row: OrderRow
    requester: str
    beneficiary: NamedHolder
    represented_by: str
    approvers: tuple[str, ...]
    decide_by: datetime | None
    expected_at: datetime | None
    item_states: tuple[str, ...]
    explanation: Mapping[str, Any]


def _own(person: Person) -> Any:
    """The ids of the orders."""
    contacts, own = site_contacts(), select(OrderRow.id).where(col(OrderRow.tenant) == person.tenant)
    sites = select(contacts.c.id).where(contacts.c.tenant == person.tenant, contacts.c.contact_id == person.id)
    return union(
        own.where(col(OrderRow.requester_id) == person.id),
        own.where(col(OrderRow.beneficiary_id) == person.id),
        own.where(col(OrderRow.beneficiary_site_id).in_(sites)),
    )


async def list_own_orders(
    session: Session, person: Person, explained_by: Mapping[str, Collection[str]], *, limit: int
) -> list[OrderSummaryRow]:
    """Orders the person placed, or that are for them or their site: open ones first, then the newest.

    `explained_by` maps a status to the events that explain it; `explanation` also has their latest one's `actor_name`.
    """
    requester, beneficiary, approver = aliased(PersonRow), aliased(PersonRow), aliased(PersonRow)
    approvers = select(func.array_agg(approver.name)).join(ApprovalRow, matches(ApprovalRow.approver_id, approver.id))
    due_at = select(func.min(col(ApprovalRow.due_at)))
    pending = (matches(ApprovalRow.order_id, OrderRow.id), col(ApprovalRow.state) == "pending")
    expected_at = select(func.min(col(ItemRow.expected_at))).where(matches(ItemRow.order_id, OrderRow.id))
    item_states = select(func.array_agg(col(ItemRow.state))).where(matches(ItemRow.order_id, OrderRow.id))
    explained = (
        select(col(EventRow.data).op("||")(func.jsonb_build_object("actor_name", col(EventRow.actor_name))))
        .where(
            matches(EventRow.order_id, OrderRow.id),
            or_(
                *(
                    (col(OrderRow.status) == status) & col(EventRow.event).in_(events)
                    for status, events in explained_by.items()
                )
            ),
        )
        .order_by(col(EventRow.seq).desc())
        .limit(1)
    )
    columns = (approvers.where(*pending), due_at.where(*pending), expected_at, item_states, explained)
    query: Any = (
        select(OrderRow, col(requester.name), holder_name(beneficiary, SiteRow), acts_for_beneficiary())
        .add_columns(*(column.correlate(OrderRow).scalar_subquery() for column in columns))
        .join(requester, matches(requester.id, OrderRow.requester_id))
        .outerjoin(beneficiary, matches(beneficiary.id, OrderRow.beneficiary_id))
        .outerjoin(SiteRow, matches(SiteRow.id, OrderRow.beneficiary_site_id))
        .where(col(OrderRow.tenant) == person.tenant, col(OrderRow.id).in_(_own(person)))
        .order_by(col(OrderRow.closed_at).is_not(None), col(OrderRow.id).desc())
        .limit(limit)
    )
    return [
        OrderSummaryRow(
            row=row,
            requester=requester_name,
            beneficiary=NamedHolder(holder=row.beneficiary, name=beneficiary_name),
            represented_by=represented_by,
            approvers=tuple(names or ()),
            decide_by=decide_by,
            expected_at=expected,
            item_states=tuple(states),
            explanation=data or {},
        )
        for (
            row,
            requester_name,
            beneficiary_name,
            represented_by,
            names,
            decide_by,
            expected,
            states,
            data,
        ) in await session.all(query)
    ]
