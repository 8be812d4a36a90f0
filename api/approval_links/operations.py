"""A decision taken on an approval page: the link is used and the outbox written in one transaction."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.approval_links.session import LinkSession, open_link_session
from api.deps import Services
from models.db.approvals import approval_links
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.session import new_id
from models.errors import ReasonRequired
from models.lifecycle import Action
from models.order import Actor, ActorKind, Channel, Decision, InfoRequest, OrderRef
from outbox.dispatcher import Delivery

LONGEST_COMMENT = 2000


class Choice(StrEnum):
    """What an approver can do on the page."""

    APPROVE = Action.APPROVE.value
    REJECT = Action.REJECT.value
    ASK = Action.REQUEST_INFO.value


@dataclass(frozen=True, kw_only=True)
class DecisionForm:
    """What was chosen and said. Raises ReasonRequired where words are missing."""

    choice: Choice
    comment: str

    def __post_init__(self) -> None:
        if self.choice is not Choice.APPROVE and not self.comment:
            missing = "a reason" if self.choice is Choice.REJECT else "your question"
            raise ReasonRequired(f"Please write {missing}: {_WHY_WORDS[self.choice]}", field="comment")
        if len(self.comment) > LONGEST_COMMENT:
            raise ReasonRequired(f"Please use at most {LONGEST_COMMENT} characters.", field="comment")


_WHY_WORDS = {
    Choice.REJECT: "the requester is told why.",
    Choice.ASK: "it is mailed to the requester.",
}


async def decide(services: Services, link_id: str, verdict: DecisionForm) -> Delivery:
    """Record the verdict and take it to the order. Raises LinkNotValid when there is nothing to decide any more.

    `waiting` means: recorded, and delivered as soon as the order's workflow can be reached.
    """
    action_id = new_id()
    async with services.database.transaction() as session:
        at = services.now()
        seen = await open_link_session(session, link_id, at=at)
        seen.require_open()
        await approval_links.use_link(session, link_id, content=seen.content, at=at)
        await enqueue(session, _message(action_id, seen, verdict))
    return await services.dispatcher.deliver(action_id)


def _message(action_id: str, seen: LinkSession, verdict: DecisionForm) -> Message:
    return Message(
        action_id=action_id,
        ref=OrderRef(tenant=seen.link.tenant, id=seen.link.order_id),
        kind=MessageKind.UPDATE,
        name=verdict.choice,
        payload=_payload(action_id, seen, verdict),
        link_id=seen.link.id,
    )


def _payload(action_id: str, seen: LinkSession, verdict: DecisionForm) -> Decision | InfoRequest:
    common: dict[str, Any] = {
        "action_id": action_id,
        "actor": Actor(
            kind=ActorKind.PERSON,
            id=seen.approval.approver_id,
            name=seen.dossier.name(seen.approval.approver_id),
            channel=Channel.EMAIL_LINK,
        ),
        "round": seen.approval.round,
        "stage": seen.approval.stage,
    }
    if verdict.choice is Choice.ASK:
        return InfoRequest(text=verdict.comment, **common)
    return Decision(comment=verdict.comment, **common)
