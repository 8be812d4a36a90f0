"""The server-side half of approval links: made when a mail is announced, used once, revoked for a reason."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from pydantic_core import to_jsonable_python
from sqlalchemy import update
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.errors import LinkNotValid

# What a dead link may still explain; after that it looks like one that never was.
EXPLAINED_FOR = timedelta(days=30)


class LinkStatus(StrEnum):
    """What a link is worth now."""

    LIVE = "live"
    USED = "used"
    DECIDED = "decided"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CHANGED = "changed"


EXPLANATIONS: Mapping[LinkStatus, str] = MappingProxyType(
    {
        LinkStatus.USED: "This link has been used.",
        LinkStatus.DECIDED: "This request is not waiting for a decision any more.",
        LinkStatus.REVOKED: "This link has been withdrawn.",
        LinkStatus.EXPIRED: "This link has expired.",
        LinkStatus.CHANGED: "The order has changed since this link was mailed.",
    }
)


def content_hash(order: OrderRow, items: Iterable[ItemRow]) -> str:
    """SHA-256 over all a decision rests on: what is ordered, for whom, at which price, who pays."""
    content = {
        "type": order.type_code,
        "for": [order.beneficiary_id, order.account_id],
        "answers": order.answers,
        "price": [order.one_time, order.monthly, order.term_total, order.term_months, order.currency],
        "cost_centers": [order.cost_center_one_time, order.cost_center_recurring],
        "items": [
            [item.id, item.line_id, item.answers, item.one_time, item.monthly]
            for item in sorted(items, key=lambda item: item.number)
        ],
    }
    return hashlib.sha256(json.dumps(to_jsonable_python(content), sort_keys=True).encode()).hexdigest()


def standing(link: ApprovalLinkRow, approval: ApprovalRow, *, content: str, at: datetime) -> LinkStatus:
    """What the link is worth at this moment, given the approval it is for and today's content hash."""
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
    """Make a live link for one approval; earlier links of the same approval stay as they are."""
    link = ApprovalLinkRow(
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
    session.add(link)
    await session.flush()
    return link


async def get_link(session: Session, link_id: str) -> ApprovalLinkRow | None:
    """A link by its id, whatever its state."""
    return await session.get(ApprovalLinkRow, link_id)


async def find_link(session: Session, link_id: str, *, at: datetime) -> ApprovalLinkRow | None:
    """A link by its id, None when there is none or it expired too long ago.

    The id comes out of a verified signature and is unique over all tenants; the row says whose it is.
    """
    link = await session.get(ApprovalLinkRow, link_id)
    return link if link is not None and link.expires_at + EXPLAINED_FOR > at else None


async def use_link(session: Session, link_id: str, *, content: str, at: datetime) -> ApprovalLinkRow:
    """Mark the link used, once, whoever else tries at the same time. Raises LinkNotValid saying why not.

    Links of one approval are used one after the other: a second link is refused while the first one's
    decision stands. `facts["standing"]` of the error is a Standing.
    """
    link = await session.get(ApprovalLinkRow, link_id)
    if link is None:
        raise LinkNotValid("This link is not known.")
    approval = await _hold(session, link)
    sibling = aliased(ApprovalLinkRow)
    decided_by_another = select(sibling.id).where(
        col(sibling.approval_id) == link.approval_id, col(sibling.tenant) == link.tenant, col(sibling.state) == "used"
    )
    used = await session.exec(
        update(ApprovalLinkRow)
        .where(
            col(ApprovalLinkRow.id) == link_id,
            col(ApprovalLinkRow.state) == "live",
            col(ApprovalLinkRow.expires_at) > at,
            col(ApprovalLinkRow.content_hash) == content,
            ~decided_by_another.exists(),
        )
        .values(state="used", used_at=at)
        .returning(col(ApprovalLinkRow.id))
        .execution_options(synchronize_session=False)
    )
    await session.refresh(link)
    if approval.state == "pending" and used.first() is not None:
        return link
    raise _not_valid(standing(link, approval, content=content, at=at))


async def _hold(session: Session, link: ApprovalLinkRow) -> ApprovalRow:
    """Lock the approval until the transaction ends, so that its links are used one after the other."""
    rows = await session.exec(
        select(ApprovalRow)
        .where(col(ApprovalRow.tenant) == link.tenant, col(ApprovalRow.id) == link.approval_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.one()


def _not_valid(found: LinkStatus) -> LinkNotValid:
    why = LinkStatus.USED if found is LinkStatus.LIVE else found  # live itself, but another link of it was used
    return LinkNotValid(EXPLANATIONS[why], facts={"standing": why})


async def give_back(session: Session, link_id: str) -> None:
    """The workflow refused what the link was used for: it is live again if there is still something to decide."""
    link = await session.get(ApprovalLinkRow, link_id)
    if link is None or link.state != "used":
        return
    approval = await _hold(session, link)
    link.used_at = None
    link.state = "live" if approval.state == "pending" else "revoked"
    link.reason = None if approval.state == "pending" else "the request had been decided already"
    session.add(link)
    await session.flush()


async def revoke_links(
    session: Session,
    tenant: str,
    order_id: str,
    *,
    reason: str,
    approver_id: str | None = None,
    stage: tuple[int, int] | None = None,
) -> int:
    """Kill an order's live links, or only one approver's, or only those of one (round, stage).

    `reason` finishes the sentence "This link no longer works:". Returns how many died.
    """
    which = [
        col(ApprovalLinkRow.tenant) == tenant,
        col(ApprovalLinkRow.order_id) == order_id,
        col(ApprovalLinkRow.state) == "live",
    ]
    if approver_id is not None:
        which.append(col(ApprovalLinkRow.approver_id) == approver_id)
    if stage is not None:
        which += [col(ApprovalLinkRow.round) == stage[0], col(ApprovalLinkRow.stage) == stage[1]]
    killed = await session.exec(update(ApprovalLinkRow).where(*which).values(state="revoked", reason=reason))
    return killed.rowcount


async def said_with(session: Session, link: ApprovalLinkRow) -> OutboxRow | None:
    """What the link was last used to say: approve, reject or request_info, and whether it has arrived."""
    rows = await session.exec(
        select(OutboxRow)
        .join(ApprovalLinkRow, col(ApprovalLinkRow.id) == col(OutboxRow.link_id))
        .where(
            col(OutboxRow.tenant) == link.tenant,
            col(OutboxRow.order_id) == link.order_id,
            col(ApprovalLinkRow.approval_id) == link.approval_id,
            col(OutboxRow.state) != "refused",
        )
        .order_by(col(OutboxRow.position).desc())
        .limit(1)
    )
    return rows.first()
