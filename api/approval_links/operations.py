"""Decisions by approval link: the link is used and the outbox message written in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from api.approval_links.session import LinkSession, open_link_session
from api.auth.client_info import ClientInfo
from api.auth.tokens import digest
from api.deps import Services
from api.orders.command_payloads import decision_payload
from models.audit import AuditAction
from models.db.approvals import approval_links
from models.db.approvals.tables import ApprovalLinkRow
from models.db.audit import audit_log
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.outbox.tables import OutboxRow
from models.db.session import Session, new_id
from models.db.sign_in import portal_sessions
from models.errors import LinkNotValid, NotYourDecision, TextRequired
from models.lifecycle import Action
from models.order import Actor, ActorKind, Channel, OrderRef
from models.typed_text import trimmed
from notifications.enqueue import enqueue_new_link
from outbox.dispatcher import DeliveryResult
from workflows.actions import REASON_REQUIRED

MAX_COMMENT = 2000
# The actions an approver can take, and what to enter if the comment is missing.
_MISSING_COMMENT: Mapping[str, str] = MappingProxyType(
    {
        Action.APPROVE: "",
        Action.REJECT: REASON_REQUIRED,
        Action.REQUEST_INFO: "Enter your question. We'll send it to the requester.",
    }
)


@dataclass(frozen=True, kw_only=True)
class DecisionForm:
    action: Action
    comment: str


def read_form(decision: str, comment: str) -> DecisionForm:
    """Raises TextRequired if the decision is unknown, or the comment missing or too long."""
    if decision not in _MISSING_COMMENT:
        raise TextRequired("Choose to approve, reject, or ask for more info.", field="decision")
    comment = trimmed(comment)
    if not comment and _MISSING_COMMENT[decision]:
        raise TextRequired(_MISSING_COMMENT[decision], field="comment")
    if len(comment) > MAX_COMMENT:
        raise TextRequired(f"Use at most {MAX_COMMENT} characters.", field="comment")
    return DecisionForm(action=Action(decision), comment=comment)


async def find_link(services: Services, signed: str) -> ApprovalLinkRow:
    """The link of a signed URL. Raises LinkNotValid."""
    link_id = services.signer.read(signed)
    async with services.database.read() as session:
        link = await approval_links.find_link(session, link_id, at=services.now())
    if link is None:
        raise LinkNotValid("This link isn't valid.")
    return link


async def open_approval(services: Services, link_id: str, approval_id: str) -> LinkSession:
    """Raises LinkNotValid for an unknown link, or one of another approval."""
    async with services.database.read() as session:
        return await _open(session, link_id, approval_id, at=services.now())


async def _open(session: Session, link_id: str, approval_id: str, *, at: datetime) -> LinkSession:
    opened = await open_link_session(session, link_id, at=at)
    if opened.approval.id != approval_id:
        raise LinkNotValid("This link is for another approval.")
    return opened


async def require_own_browser(services: Services, client: ClientInfo, link_id: str, cookie: str) -> None:
    """Raise NotYourDecision, and record it, if someone else than the approver is signed in with this session cookie."""
    if not cookie:
        return
    at = services.now()
    async with services.database.read() as session:
        found = await portal_sessions.live(session, digest(cookie), at=at, idle=services.limits.idle)
        link = await approval_links.find_link(session, link_id, at=at) if found else None
        if found is None or link is None or (found[0].tenant, found[0].id) == (link.tenant, link.approver_id):
            return
        opened = await open_link_session(session, link_id, at=at)
    person, approver = found[0], opened.details.people.get(link.approver_id)
    if approver is not None:
        action, number = AuditAction.APPROVAL_LINK_REFUSED, opened.details.order.number
        await services.database.run(audit_log.record, action, by=client.actor(person), to=approver, at=at, order=number)
    name = opened.details.name(link.approver_id)
    raise NotYourDecision(
        f"You're signed in as {person.name}, but this link was sent to {name}. Only {name} can use it, "
        "on a device of their own or after signing in as themselves."
    )


async def send_new_link(services: Services, opened: LinkSession) -> None:
    """Email a new link to the approver's registered address, if they can still decide."""
    if opened.pending_approval is not None and opened.can_get_new_link:
        await services.database.run(enqueue_new_link, opened.pending_approval, at=services.now())


async def decide(services: Services, link_id: str, approval_id: str, form: DecisionForm) -> DeliveryResult:
    """Record the decision and deliver it to the order's workflow.

    Raises LinkNotValid for an unknown link, or one of another approval, and if nothing is left to decide. A `waiting`
    delivery is recorded, and arrives once the workflow can be reached.
    """
    message = await services.database.run(_decide, link_id, approval_id, form, services.now())
    return await services.dispatcher.deliver(message.id, message)


async def _decide(session: Session, link_id: str, approval_id: str, form: DecisionForm, at: datetime) -> OutboxRow:
    """Use the link and write the message."""
    action_id = new_id()
    await approval_links.lock_order_of(session, link_id)
    opened = await _open(session, link_id, approval_id, at=at)
    opened.require_open()
    await approval_links.use_link(session, link_id, content=opened.content_hash, at=at)
    approval = opened.approval
    actor = Actor(
        kind=ActorKind.PERSON,
        id=approval.approver_id,
        name=opened.details.name(approval.approver_id),
        channel=Channel.EMAIL_LINK,
    )
    message = Message(
        action_id=action_id,
        ref=OrderRef(tenant=opened.link.tenant, id=opened.link.order_id),
        kind=MessageKind.UPDATE,
        name=form.action,
        payload=decision_payload(form.action, approval, form.comment, action_id=action_id, actor=actor),
        link_id=link_id,
    )
    written = await enqueue(session, message)
    assert written is not None  # its id is new
    return written
