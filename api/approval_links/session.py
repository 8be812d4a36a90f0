"""The state of an opened approval link: its approval, its order, and whether it can still be used."""

from dataclasses import dataclass
from datetime import datetime

from models.db import order_details
from models.db.approvals import approval_links
from models.db.approvals.approval_links import EXPLANATIONS, LinkStatus
from models.db.approvals.approval_requests import find_approval, last_decision
from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.facts.ties import tied_people
from models.db.notifications import email_queue
from models.db.order_details import OrderDetails
from models.db.orders import order_values
from models.db.outbox.tables import OutboxRow
from models.db.people import lookup
from models.db.session import Session
from models.errors import LinkNotValid
from policies.access import can_approve


@dataclass(frozen=True, kw_only=True)
class LinkSession:
    """`decision` is what the approver already decided, `blocked` why they can't decide at all.

    `refused` says why their last decision had no effect.
    """

    link: ApprovalLinkRow
    approval: ApprovalRow
    details: OrderDetails
    content_hash: str
    status: LinkStatus
    decision: OutboxRow | None
    refused: str | None
    blocked: str | None

    @property
    def decided(self) -> bool:
        """Whether this approver has decided, delivered or not, or another one for them."""
        return self.decision is not None or self.approval.state in {"approved", "rejected"}

    @property
    def can_decide(self) -> bool:
        return self._is_live and not self._step_up

    @property
    def must_sign_in(self) -> bool:
        """Whether the approver can decide, but not with the link alone: the order requires a second factor."""
        return self._is_live and self._step_up

    @property
    def _is_live(self) -> bool:
        return self.status is LinkStatus.LIVE and self.blocked is None and not self.decided

    @property
    def _step_up(self) -> bool:
        return order_values.type_of(self.details.order).step_up

    @property
    def pending_approval(self) -> ApprovalRow | None:
        """The approver's pending approval of this order, if any; it may not be this link's."""
        pending = (one for one in self.details.approvals if one.state == "pending")
        return next((one for one in pending if one.approver_id == self.approval.approver_id), None)

    @property
    def can_get_new_link(self) -> bool:
        return self.pending_approval is not None and self.details.policy.email_decisions

    def require_open(self) -> None:
        """Raise LinkNotValid with the reason unless the approver can decide now."""
        if self.must_sign_in:
            raise LinkNotValid("Sign in to decide on this order.")
        if not self.can_decide:
            status = LinkStatus.USED if self.decided else self.status
            raise LinkNotValid(self.blocked or EXPLANATIONS.get(status, EXPLANATIONS[LinkStatus.USED]))


async def open_link_session(session: Session, link_id: str, *, at: datetime) -> LinkSession:
    """Raises LinkNotValid for an unknown link."""
    link = await approval_links.find_link(session, link_id, at=at)
    approval = await find_approval(session, link.tenant, link.approval_id) if link else None
    if link is None or approval is None:
        raise LinkNotValid("This link isn't valid.")
    details = await order_details.load(session, link.tenant, link.order_id)
    content_hash = approval_links.content_hash(details.order, details.items)
    message = await last_decision(session, approval)
    had_no_effect = message is not None and message.state in {"rejected", "dead"}
    emailed_to = await email_queue.address_of_link(session, link.tenant, link.id)
    return LinkSession(
        link=link,
        approval=approval,
        details=details,
        content_hash=content_hash,
        status=approval_links.link_status(link, approval, content=content_hash, at=at),
        decision=None if had_no_effect else message,
        refused=_why_refused(message) if message is not None and had_no_effect else None,
        blocked=await _blocked(session, details, approval, emailed_to),
    )


def _why_refused(message: OutboxRow) -> str:
    detail = (message.result or {}).get("detail") if message.state == "rejected" else None
    return detail or "It couldn't be delivered."


async def _blocked(
    session: Session, details: OrderDetails, approval: ApprovalRow, emailed_to: str | None
) -> str | None:
    """Checked again on every request: the order and the approver can change after the email is sent."""
    person = details.people.get(approval.approver_id)
    if not details.policy.email_decisions:
        return f"{details.tenant.name} doesn't allow approvals by email. Sign in to Dialtone and go to Approvals."
    if person is None or not person.active:
        return "The person this link was sent to is no longer active."
    if not can_approve(lookup.person(person)):
        return "The person this link was sent to can no longer approve orders."
    if emailed_to is not None and emailed_to != person.email:
        return "This link was sent to an email address that is no longer in use."
    if person.id in await tied_people(session, details.order, details.items):
        return "You can't approve your own order. Someone else needs to approve it."
    return None
