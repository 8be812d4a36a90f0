"""Approval links: created with an email, used once, revoked with a reason."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from pydantic_core import to_jsonable_python
from sqlalchemy import ARRAY, ColumnElement, String, any_, tuple_, update
from sqlmodel import col, select

from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.clauses import belongs_to_order
from models.db.order_lock import lock_order
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.errors import LinkNotValid
from models.order import OrderRef

# How long an expired link still explains itself; after that it looks like one that never existed.
EXPLAINED_FOR = timedelta(days=30)


class LinkStatus(StrEnum):
    """Whether a link can be used; DECIDED means the approval it was made for is closed."""

    LIVE = "live"
    USED = "used"
    DECIDED = "decided"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CHANGED = "changed"


EXPLANATIONS: Mapping[LinkStatus, str] = MappingProxyType(
    {
        LinkStatus.USED: "This link was already used.",
        LinkStatus.DECIDED: "This request is closed.",
        LinkStatus.REVOKED: "This link no longer works.",
        LinkStatus.EXPIRED: "This link expired.",
        LinkStatus.CHANGED: "The order changed after this link was sent.",
    }
)


def content_hash(order: OrderRow, items: Iterable[ItemRow]) -> str:
    """SHA-256 over everything an approver decides on: what is ordered, for whom, the price, and who pays."""
    content = {
        "type": order.type_code,
        "for": [order.beneficiary.kind, order.beneficiary.id, order.account_id],
        "answers": order.answers,
        "price": [*_charges(order), order.term_total, order.term_months, order.currency],
        "cost_centers": [order.cost_center_one_time, order.cost_center_recurring],
        "items": [
            [item.id, item.line_id, item.answers, *_charges(item)]
            for item in sorted(items, key=lambda item: item.number)
        ],
    }
    return hashlib.sha256(json.dumps(to_jsonable_python(content), sort_keys=True).encode()).hexdigest()


def _charges(row: OrderRow | ItemRow) -> list[Decimal]:
    return [row.one_time, row.monthly, row.monthly_before]


def link_status(link: ApprovalLinkRow, approval: ApprovalRow, *, content: str, at: datetime) -> LinkStatus:
    """The status at this time, given the approval the link was made for and the order's current content hash."""
    if link.state == "used":
        return LinkStatus.USED
    if approval.state != "pending":
        return LinkStatus.DECIDED
    if link.state == "revoked":
        return LinkStatus.REVOKED
    if link.expires_at <= at:
        return LinkStatus.EXPIRED
    return LinkStatus.LIVE if link.content_hash == content else LinkStatus.CHANGED


async def create_link(
    session: Session, approval: ApprovalRow, *, link_id: str, content: str, expires_at: datetime, at: datetime
) -> ApprovalLinkRow:
    """Create a live link for one approval; its earlier links stay as they are."""
    return await session.insert(
        ApprovalLinkRow(
            id=link_id,
            tenant=approval.tenant,
            order_id=approval.order_id,
            approval_id=approval.id,
            approver_id=approval.approver_id,
            round=approval.round,
            stage=approval.stage,
            content_hash=content,
            expires_at=expires_at,
            created_at=at,
        )
    )


async def get_link(session: Session, link_id: str) -> ApprovalLinkRow | None:
    """A link by its id, whatever its state."""
    return await session.get(ApprovalLinkRow, link_id)


_BY_ID = Statement[ApprovalLinkRow](
    select(ApprovalLinkRow).where(col(ApprovalLinkRow.id) == any_(param("ids", ARRAY(String)))), ApprovalLinkRow
)


async def by_id(session: Session, ids: Sequence[str]) -> dict[str, ApprovalLinkRow]:
    """These links, whatever their state."""
    return {row.id: row for row in await session.all(_BY_ID, ids=ids)} if ids else {}


async def find_link(session: Session, link_id: str, *, at: datetime) -> ApprovalLinkRow | None:
    """A link by its id; None if there is none, or it expired more than EXPLAINED_FOR ago.

    The id comes from a verified signature and is unique across tenants; the row names the tenant.
    """
    link = await get_link(session, link_id)
    return link if link is not None and link.expires_at + EXPLAINED_FOR > at else None


async def lock_order_of(session: Session, link_id: str) -> None:
    """Lock the link's order until the transaction ends, so that an approver's decisions come one at a time."""
    link = await get_link(session, link_id)
    if link is not None:
        await lock_order(session, OrderRef(tenant=link.tenant, id=link.order_id))


async def use_link(session: Session, link_id: str, *, content: str, at: datetime) -> ApprovalLinkRow:
    """Mark the link used; of concurrent calls one succeeds. Raises LinkNotValid with the LinkStatus in its facts.

    An approval has one decision: while one of its links is used, the others count as used, too.
    """
    link = await get_link(session, link_id)
    if link is None:
        raise LinkNotValid("This link isn't valid.")
    approval = await _lock_approval(session, link)
    links = await session.all(
        select(ApprovalLinkRow)
        .where(col(ApprovalLinkRow.tenant) == link.tenant, col(ApprovalLinkRow.approval_id) == link.approval_id)
        .execution_options(populate_existing=True)
    )
    status = link_status(link, approval, content=content, at=at)
    if status is LinkStatus.LIVE and any(other.state == "used" for other in links):
        status = LinkStatus.USED
    if status is not LinkStatus.LIVE:
        raise LinkNotValid(EXPLANATIONS[status], facts={"status": status})
    link.state, link.used_at = "used", at
    await session.flush()
    return link


async def release_link(session: Session, link_id: str) -> None:
    """The workflow rejected the decision the link was used for: make the link live again if a decision is pending."""
    link = await get_link(session, link_id)
    if link is None or link.state != "used":
        return
    pending = (await _lock_approval(session, link)).state == "pending"
    link.state, link.used_at = "live" if pending else "revoked", None
    await session.flush()


async def _lock_approval(session: Session, link: ApprovalLinkRow) -> ApprovalRow:
    """The approval, with its order locked until the transaction ends, so that its links are used one at a time."""
    await lock_order(session, OrderRef(tenant=link.tenant, id=link.order_id))
    return await session.get_one(ApprovalRow, (link.tenant, link.approval_id), populate_existing=True)


async def revoke_links(
    session: Session,
    ref: OrderRef,
    *,
    reason: str,
    approver_id: str | None = None,
    stage: tuple[int, int] | None = None,
) -> int:
    """Revoke an order's live links, or only those of one approver or one (round, stage); return how many.

    `reason` completes the sentence "This link no longer works: …".
    """
    live = (*requests_of(ApprovalLinkRow, ref, approver_id, stage), col(ApprovalLinkRow.state) == "live")
    return await session.affected(update(ApprovalLinkRow).where(*live).values(state="revoked", reason=reason))


async def revoke_links_of(session: Session, tenant: str, approver_id: str, *, reason: str) -> int:
    """Revoke the live links of an approver, of whatever order; return how many."""
    live = (
        col(ApprovalLinkRow.tenant) == tenant,
        col(ApprovalLinkRow.approver_id) == approver_id,
        col(ApprovalLinkRow.state) == "live",
    )
    return await session.affected(update(ApprovalLinkRow).where(*live).values(state="revoked", reason=reason))


def requests_of(
    table: type[ApprovalRow] | type[ApprovalLinkRow],
    ref: OrderRef,
    approver_id: str | None = None,
    stage: tuple[int, int] | None = None,
) -> list[ColumnElement[bool]]:
    """The approvals or links of an order, of one approver and one (round, stage) where they are given."""
    clauses = [belongs_to_order(table, ref)]
    if approver_id is not None:
        clauses.append(col(table.approver_id) == approver_id)
    if stage is not None:
        clauses.append(tuple_(col(table.round), col(table.stage)).in_([stage]))
    return clauses
