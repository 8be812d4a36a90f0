"""Approval links: created with an email, used once, revoked with a reason."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from pydantic_core import to_jsonable_python
from sqlalchemy import ARRAY, String, any_, exists, insert, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.clauses import matches
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.errors import LinkNotValid

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


_CREATE = Statement[None](insert(ApprovalLinkRow).values({name: param(name) for name in ApprovalLinkRow.model_fields}))
_FIND = Statement[ApprovalLinkRow](
    select(ApprovalLinkRow).where(col(ApprovalLinkRow.id) == param("id")), ApprovalLinkRow
)
_BY_ID = Statement[ApprovalLinkRow](
    select(ApprovalLinkRow).where(col(ApprovalLinkRow.id) == any_(param("ids", ARRAY(String)))), ApprovalLinkRow
)
_LOCK_ORDER = Statement[str](
    select(col(OrderRow.id))
    .join(ApprovalLinkRow, matches(ApprovalLinkRow.order_id, OrderRow.id))
    .where(col(ApprovalLinkRow.id) == param("id"))
    .with_for_update(of=OrderRow, key_share=True)
)
_OTHER = aliased(ApprovalLinkRow)
# Also whether a link of the same approval is used.
_WITH_APPROVAL = Statement[tuple[ApprovalLinkRow, ApprovalRow, bool]](
    select(
        ApprovalLinkRow,
        ApprovalRow,
        exists().where(matches(_OTHER.approval_id, ApprovalRow.id), col(_OTHER.state) == "used"),
    )
    .join(ApprovalRow, matches(ApprovalRow.id, ApprovalLinkRow.approval_id))
    .where(col(ApprovalLinkRow.id) == param("id")),
    ApprovalLinkRow,
    ApprovalRow,
    None,
)
_STORE = Statement[ApprovalLinkRow](
    update(ApprovalLinkRow)
    .where(col(ApprovalLinkRow.id) == param("link_id"))
    .values(state=param("state"), used_at=param("used_at"))
    .returning(ApprovalLinkRow),
    ApprovalLinkRow,
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
    row = ApprovalLinkRow(
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
    await session.affected(_CREATE, **row.model_dump())
    return row


async def by_id(session: Session, ids: Sequence[str]) -> dict[str, ApprovalLinkRow]:
    """These links, whatever their state."""
    return {row.id: row for row in await session.all(_BY_ID, ids=ids)} if ids else {}


async def find_link(session: Session, link_id: str, *, at: datetime) -> ApprovalLinkRow | None:
    """A link by its id; None if there is none, or it expired more than EXPLAINED_FOR ago.

    The id comes from a verified signature and is unique across tenants; the row names the tenant.
    """
    link = await session.first(_FIND, id=link_id)
    return link if link is not None and link.expires_at + EXPLAINED_FOR > at else None


async def lock_order_of(session: Session, link_id: str) -> None:
    """Lock the link's order until the transaction ends, so that an approver's decisions come one at a time."""
    await session.all(_LOCK_ORDER, id=link_id)


async def use_link(session: Session, link_id: str, *, content: str, at: datetime) -> ApprovalLinkRow:
    """Mark the link used; of concurrent calls one succeeds. Raises LinkNotValid with the LinkStatus in its facts.

    An approval has one decision: while one of its links is used, the others count as used, too.
    """
    await lock_order_of(session, link_id)
    found = await session.first(_WITH_APPROVAL, id=link_id)
    if found is None:
        raise LinkNotValid("This link isn't valid.")
    link, approval, is_used = found
    status = link_status(link, approval, content=content, at=at)
    if status is LinkStatus.LIVE and is_used:
        status = LinkStatus.USED
    if status is not LinkStatus.LIVE:
        raise LinkNotValid(EXPLANATIONS[status], facts={"status": status})
    (used,) = await session.all(_STORE, link_id=link_id, state="used", used_at=at)
    return used


async def release_link(session: Session, link_id: str) -> None:
    """The workflow rejected the decision the link was used for: make the link live again if a decision is pending."""
    await lock_order_of(session, link_id)
    found = await session.first(_WITH_APPROVAL, id=link_id)
    if found is None or found[0].state != "used":
        return
    state = "live" if found[1].state == "pending" else "revoked"
    await session.affected(_STORE, link_id=link_id, state=state, used_at=None)


async def revoke_links_of(session: Session, tenant: str, approver_id: str, *, reason: str) -> int:
    """Revoke the live links of an approver, of whatever order; return how many."""
    live = (
        col(ApprovalLinkRow.tenant) == tenant,
        col(ApprovalLinkRow.approver_id) == approver_id,
        col(ApprovalLinkRow.state) == "live",
    )
    return await session.affected(update(ApprovalLinkRow).where(*live).values(state="revoked", reason=reason))
