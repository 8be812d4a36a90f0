"""What operators do about what went wrong around orders: checked, done, written down."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from api import suspensions
from api.bodies import Body, View
from api.deps import Access, Services
from api.suspensions import Mending
from models.db import messages, notifications, orders
from models.db.tables import NotificationRow, OutboxRow
from models.errors import IllegalTransition, NotFound, refusal
from models.lifecycle import Action
from models.order import OrderRef
from outbox import remedies
from outbox.remedies import Repair
from policies.access import Right
from policies.remedies import Remedy

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
        Action.COMPLETE_BY_HAND: Right.ORDER_REPAIR,
        Action.CANCEL: Right.ORDER_CANCEL_AT_CARRIER,
        Remedy.REDELIVER_MESSAGE: Right.ORDER_REPAIR,
        Remedy.REDELIVER_MAIL: Right.ORDER_REPAIR,
        Remedy.ASK_CARRIER: Right.LINE_REPAIR,
        Remedy.LINE_RESUMED: Right.LINE_REPAIR,
        Remedy.RESUME: Right.ORDER_RECOVER,
        Remedy.START_AGAIN: Right.ORDER_RECOVER,
        Remedy.CLOSE_BOOKS: Right.ORDER_RECOVER,
    }
)


def right_for(remedy: str) -> Right:
    """The right it takes to do this about an order in trouble."""
    return _RIGHTS[remedy]


async def mend(services: Services, access: Access, ref: str, remedy: Remedy, evidence: str) -> Repaired:
    """Resume an order's workflow, start it again, or close its books."""
    async with services.database.transaction() as session:
        found = await orders.find(session, access.person, ref)
    access.check(found.relations)
    order = OrderRef(tenant=found.row.tenant, id=found.row.id)
    wanted = Repair(ref=order, remedy=remedy, actor=access.actor, evidence=evidence)
    await remedies.repair(services.database, services.temporal, wanted)
    return Repaired(order=found.row.number, action=remedy)


async def redeliver_message(services: Services, access: Access, action_id: str, evidence: str) -> Repaired:
    """Have a dead message said after all, at once where the order's workflow can be reached."""
    async with services.database.transaction() as session:
        row = await messages.find(session, action_id)
        if row is None or row.tenant != access.person.tenant:
            raise NotFound("There is no such message.")
        number = await _journal(session, access, row, Remedy.REDELIVER_MESSAGE, evidence)
        await messages.say_again(session, row)
    delivery = await services.courier.deliver(action_id)
    if delivery.state in {"refused", "dead"}:
        raise refusal(delivery.code, delivery.detail)
    return Repaired(order=number, action=Remedy.REDELIVER_MESSAGE)


async def redeliver_mail(services: Services, access: Access, mail_id: str, evidence: str) -> Repaired:
    """Have a dead mail sent after all, as soon as a relay takes it."""
    async with services.database.transaction() as session:
        row = await notifications.find(session, access.person.tenant, mail_id)
        if row is None:
            raise NotFound("There is no such mail.")
        number = await _journal(session, access, row, Remedy.REDELIVER_MAIL, evidence)
        await notifications.send_again(session, row, services.now())
    return Repaired(order=number, action=Remedy.REDELIVER_MAIL)


async def resume_line(services: Services, access: Access, line_id: str, remedy: Remedy, evidence: str) -> Repaired:
    """Have a line's suspension asked to end once more, or told that it has; the history of its order tells it."""
    mending = Mending(action=_TO_CLOCKS[remedy], ref=line_id, evidence=evidence)
    answer = await suspensions.mend(services, access, mending)
    return Repaired(order=answer.order, action=remedy)


_TO_CLOCKS: Mapping[Remedy, Action] = MappingProxyType(
    {Remedy.ASK_CARRIER: Action.RETRY, Remedy.LINE_RESUMED: Action.COMPLETE_BY_HAND}
)


async def _journal(
    session: AsyncSession, access: Access, row: OutboxRow | NotificationRow, remedy: Remedy, evidence: str
) -> str:
    """Write down that something is said again; returns the number of the order it is about."""
    found = await orders.find(session, access.person, row.order_id)
    access.check(found.relations)
    if row.state != "dead":
        raise IllegalTransition(f"It is {row.state}, not dead.")
    order = OrderRef(tenant=row.tenant, id=row.order_id)
    done = Repair(ref=order, remedy=remedy, actor=access.actor, evidence=evidence, subject=row.id)
    await remedies.journal(session, done)
    return found.row.number
