"""What waits for a person's decision, and the way a decision takes from here to the order."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from api.deps import Access, Services
from api.http.schemas import View
from api.orders.command_payloads import decision
from api.orders.commands import Answer, Command, run
from api.orders.request_schemas import DecisionIn
from api.orders.schemas import TypeView
from models.db import order_details
from models.db.approvals import approval_requests
from models.db.approvals.tables import ApprovalRow
from models.db.order_details import OrderDetails
from models.db.people import lookup
from models.db.session import Session
from models.errors import AlreadyDecided, NotFound
from models.lifecycle import Action
from policies.access import Right


class Waiting(View):
    """One order that waits for this person, with what it costs and why they are asked."""

    id: str
    order: str
    type: TypeView
    requester: str
    beneficiary: str
    round: int
    stage: int
    label: str
    why: str
    reason: str | None
    one_time: Decimal
    monthly: Decimal
    term_total: Decimal
    currency: str
    flags: list[str]
    requested_at: datetime
    due_at: datetime


async def waiting(services: Services, access: Access) -> list[Waiting]:
    """Everything this person is asked to decide, the most urgent first."""
    person = access.person
    async with services.database.transaction() as session:
        rows = await approval_requests.pending_for(session, person.tenant, person.id)
        involved = {one for _, order in rows for one in (order.requester_id, order.beneficiary_id)}
        known = await lookup.by_ids(session, person.tenant, involved)
    return [
        Waiting.model_validate(
            {
                **order.model_dump(include=_OF_ORDER),
                **asked.model_dump(include=_OF_APPROVAL),
                "order": order.number,
                "type": {"code": order.type_code, "title": order.type["title"], "family": order.family},
                "requester": known[order.requester_id].name,
                "beneficiary": known[order.beneficiary_id].name,
            }
        )
        for asked, order in rows
    ]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request for this person's decision, with everything there is to know about its order."""

    approval: ApprovalRow
    dossier: OrderDetails


async def look(services: Services, access: Access, approval_id: str) -> Asked:
    """What somebody is asked, or was. Raises NotFound for what they were never asked."""
    async with services.database.transaction() as session:
        approval = await _own(session, access, approval_id)
        return Asked(approval=approval, dossier=await order_details.load(session, approval.tenant, approval.order_id))


_OF_ORDER = {"reason", "one_time", "monthly", "term_total", "currency", "flags"}
_OF_APPROVAL = {"id", "round", "stage", "label", "why", "requested_at", "due_at"}


async def decide(services: Services, access: Access, approval_id: str, body: DecisionIn, key: str | None) -> Answer:
    """Approve, reject or ask, in one's own name. Raises NotFound for what one was never asked, AlreadyDecided."""
    async with services.database.transaction() as session:
        asked = await _own(session, access, approval_id)
    if asked.state != "pending" and key is None:
        raise AlreadyDecided(settled(asked))
    # Having been asked is the right; whether it is still this person's turn, the order's workflow knows.
    command = Command(action=Action(body.decision), ref=asked.order_id, key=key, right=Right.ORDER_READ)
    return await run(services, access, command, decision(body, asked))


def settled(asked: ApprovalRow) -> str:
    """What became of a request that does not wait any more."""
    if asked.decided_by_name and asked.decided_at:
        return f"{asked.decided_by_name} {asked.state} this on {asked.decided_at:%d %B %Y}."
    return f"This request does not wait for a decision any more: it is {asked.state}."


async def _own(session: Session, access: Access, approval_id: str) -> ApprovalRow:
    row = await approval_requests.find_approval(session, access.person.tenant, approval_id)
    if row is None or row.approver_id != access.person.id:
        raise NotFound("There is no such request for your decision.")
    return row
