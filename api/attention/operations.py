"""What operators do about what went wrong around orders: checked, done, written down."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import StringConstraints

from api.deps import Access, Services
from api.http.schemas import Body, View
from api.suspensions import operations as suspensions
from api.suspensions.operations import Mending
from models.db.notifications import email_queue
from models.db.notifications.tables import NotificationRow
from models.db.orders import order_rows
from models.db.outbox import delivery
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.errors import IllegalTransition, NotFound, refusal
from models.lifecycle import Action
from models.order import OrderRef
from outbox import workflow_repair
from outbox.workflow_repair import RecoveryRequest
from policies.access import Right
from policies.recovery import RecoveryAction

Evidence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]


class RepairIn(Body):
    """Why, and where it can be looked up: it goes into the order's history with your name."""

    evidence: Evidence


class Repaired(View):
    """What was done about which order."""

    order: str
    action: str


_RIGHTS: Mapping[str, Right] = MappingProxyType(
    {
        Action.RETRY: Right.ORDER_REPAIR,
        Action.COMPLETE_MANUALLY: Right.ORDER_REPAIR,
        Action.CANCEL: Right.ORDER_CANCEL_AT_CARRIER,
        RecoveryAction.REDELIVER_MESSAGE: Right.ORDER_REPAIR,
        RecoveryAction.REDELIVER_MAIL: Right.ORDER_REPAIR,
        RecoveryAction.ASK_CARRIER: Right.LINE_REPAIR,
        RecoveryAction.LINE_RESUMED: Right.LINE_REPAIR,
        RecoveryAction.RESUME: Right.ORDER_RECOVER,
        RecoveryAction.START_AGAIN: Right.ORDER_RECOVER,
        RecoveryAction.CLOSE_BOOKS: Right.ORDER_RECOVER,
    }
)


def right_for(remedy: str) -> Right:
    """The right it takes to do this about an order in trouble."""
    return _RIGHTS[remedy]


async def mend(services: Services, access: Access, ref: str, remedy: RecoveryAction, evidence: str) -> Repaired:
    """Resume an order's workflow, start it again, or close its books."""
    async with services.database.transaction() as session:
        found = await order_rows.find(session, access.person, ref)
    access.check(found.relations)
    order = OrderRef(tenant=found.row.tenant, id=found.row.id)
    wanted = RecoveryRequest(ref=order, remedy=remedy, actor=access.actor, evidence=evidence)
    await workflow_repair.repair(services.database, services.temporal, wanted)
    return Repaired(order=found.row.number, action=remedy)


async def redeliver_message(services: Services, access: Access, action_id: str, evidence: str) -> Repaired:
    """Have a dead message said after all, at once where the order's workflow can be reached."""
    async with services.database.transaction() as session:
        row = await delivery.find(session, action_id)
        if row is None or row.tenant != access.person.tenant:
            raise NotFound("There is no such message.")
        number = await _journal(session, access, row, RecoveryAction.REDELIVER_MESSAGE, evidence)
        await delivery.requeue(session, row)
    delivered = await services.dispatcher.deliver(action_id)
    if delivered.state in {"refused", "dead"}:
        raise refusal(delivered.code, delivered.detail)
    return Repaired(order=number, action=RecoveryAction.REDELIVER_MESSAGE)


async def redeliver_mail(services: Services, access: Access, mail_id: str, evidence: str) -> Repaired:
    """Have a dead mail sent after all, as soon as a relay takes it."""
    async with services.database.transaction() as session:
        row = await email_queue.find(session, access.person.tenant, mail_id)
        if row is None:
            raise NotFound("There is no such mail.")
        number = await _journal(session, access, row, RecoveryAction.REDELIVER_MAIL, evidence)
        await email_queue.requeue(session, row, services.now())
    return Repaired(order=number, action=RecoveryAction.REDELIVER_MAIL)


async def resume_line(
    services: Services, access: Access, line_id: str, remedy: RecoveryAction, evidence: str
) -> Repaired:
    """Have a line's suspension asked to end once more, or told that it has; the history of its order tells it."""
    mending = Mending(action=_TO_CLOCKS[remedy], ref=line_id, evidence=evidence)
    answer = await suspensions.mend(services, access, mending)
    return Repaired(order=answer.order, action=remedy)


_TO_CLOCKS: Mapping[RecoveryAction, Action] = MappingProxyType(
    {RecoveryAction.ASK_CARRIER: Action.RETRY, RecoveryAction.LINE_RESUMED: Action.COMPLETE_MANUALLY}
)


async def _journal(
    session: Session, access: Access, row: OutboxRow | NotificationRow, remedy: RecoveryAction, evidence: str
) -> str:
    """Write down that something is said again; returns the number of the order it is about."""
    found = await order_rows.find(session, access.person, row.order_id)
    access.check(found.relations)
    if row.state != "dead":
        raise IllegalTransition(f"It is {row.state}, not dead.")
    order = OrderRef(tenant=row.tenant, id=row.order_id)
    done = RecoveryRequest(ref=order, remedy=remedy, actor=access.actor, evidence=evidence, subject=row.id)
    await workflow_repair.journal(session, done)
    return found.row.number
