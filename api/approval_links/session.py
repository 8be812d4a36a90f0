"""A visit: somebody opened an approval link, and this is what the link is worth now."""

from dataclasses import dataclass
from datetime import datetime

from models.db import order_details
from models.db.approvals import approval_links
from models.db.approvals.approval_links import EXPLANATIONS, LinkStatus
from models.db.approvals.approval_requests import find_approval
from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.notifications import email_queue
from models.db.order_details import OrderDetails
from models.db.outbox.tables import OutboxRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.errors import LinkNotValid
from policies.access import may_decide


@dataclass(frozen=True, kw_only=True)
class LinkSession:
    """An approver before an approval page. `said` is what the approver has decided through a link already.

    `barrier` is why this person cannot decide here at all; None for most.
    """

    link: ApprovalLinkRow
    approval: ApprovalRow
    dossier: OrderDetails
    content: str
    standing: LinkStatus
    said: OutboxRow | None
    barrier: str | None

    @property
    def person(self) -> PersonRow | None:
        """The approver the link was made for; whoever holds the link acts as this person."""
        return self.dossier.people.get(self.approval.approver_id)

    @property
    def recorded(self) -> bool:
        """Whether this approver's decision is known, here or already at the order."""
        return self.said is not None or self.approval.state in {"approved", "rejected"}

    @property
    def open(self) -> bool:
        """Whether a decision can be taken now."""
        return self.standing is LinkStatus.LIVE and self.barrier is None and not self.recorded

    @property
    def pending(self) -> ApprovalRow | None:
        """What the approver is asked now about this order, by whichever link."""
        waiting = (one for one in self.dossier.approvals if one.state == "pending")
        return next((one for one in waiting if one.approver_id == self.approval.approver_id), None)

    def require_open(self) -> None:
        """Raise LinkNotValid, saying why, unless a decision can be taken now."""
        if not self.open:
            why = LinkStatus.USED if self.recorded else self.standing
            raise LinkNotValid(self.barrier or EXPLANATIONS.get(why, EXPLANATIONS[LinkStatus.USED]))


async def open_link_session(session: Session, link_id: str, *, at: datetime) -> LinkSession:
    """Look at a link, its approval and its order, as they are now. Raises LinkNotValid for an unknown link."""
    link = await approval_links.find_link(session, link_id, at=at)
    approval = await find_approval(session, link.tenant, link.approval_id) if link else None
    if link is None or approval is None:
        raise LinkNotValid("This link is not known.")
    dossier = await order_details.load(session, link.tenant, link.order_id)
    content = approval_links.content_hash(dossier.order, dossier.items)
    mailed_to = await email_queue.address_of_link(session, link.tenant, link.id)
    return LinkSession(
        link=link,
        approval=approval,
        dossier=dossier,
        content=content,
        standing=approval_links.standing(link, approval, content=content, at=at),
        said=await approval_links.said_with(session, link),
        barrier=_barrier(dossier, approval, mailed_to),
    )


def _barrier(dossier: OrderDetails, approval: ApprovalRow, mailed_to: str | None) -> str | None:
    """What bars this person from deciding here, looked at again at every visit."""
    order, person = dossier.order, dossier.people.get(approval.approver_id)
    if not dossier.policy.email_decisions:
        return f"Decisions by mail are switched off at {dossier.tenant.name}. Please decide in your Dialtone inbox."
    if person is None or not person.active:
        return "The person this link was made for is not active any more."
    if not may_decide(lookup.person(person)):
        return "The person this link was made for may not decide about orders any more."
    if mailed_to is not None and mailed_to != person.email:
        return "This link was mailed to an address that is not in use any more."
    if person.id in {order.requester_id, order.beneficiary_id}:
        return "Nobody decides about an order of their own. Somebody else has to be asked."
    return None
