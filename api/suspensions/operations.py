"""A line's suspension as people see it: since when, until when, what then; and what operators do about it."""

from dataclasses import dataclass
from datetime import date, datetime

from pydantic_core import to_jsonable_python

from api.deps import Access, Services
from api.http.schemas import View, fingerprint
from models.db import suspension_timers
from models.db.inventory import lines
from models.db.inventory.tables import SuspensionTimerRow
from models.db.orders import order_values
from models.db.outbox import delivery as outbox_rows
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.session import Session, new_id
from models.errors import IdempotencyKeyReused, IllegalTransition, refusal
from models.lifecycle import Action
from models.order import OperatorAction, OrderRef
from models.timers import TimerRef
from policies.access import Right


class SuspensionView(View):
    """Why and since when a line is suspended, and what comes next.

    `ends_at` and `ends_by` say what comes first: the planned resumption, or what the carrier does at its limit
    (`limit_at`, `limit_by`) by its own `rule`. `attention` says what an operator has to mend.
    """

    order: str
    reason: str
    since: datetime
    resume_on: date | None
    ends_at: datetime | None
    ends_by: str | None
    limit_at: datetime | None
    limit_by: str | None
    rule: str
    rule_source: str
    attention: str | None


class SuspensionAnswer(View):
    """What came of an operator's word: `done`, or `waiting` until the suspension's workflow hears of it.

    It is told in the history of `order`, which suspended the line.
    """

    line: str
    order: str
    action: str
    action_id: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Mending:
    """What an operator does about a line that is not resumed. `key` makes it the same when it is sent again."""

    action: Action
    ref: str
    evidence: str
    key: str | None = None


async def suspension_of(session: Session, tenant: str, line_id: str) -> SuspensionView | None:
    """The suspension of a line that has one with a clock."""
    row = await suspension_timers.running_on(session, tenant, line_id)
    if row is None:
        return None
    order = await order_values.row_of(session, OrderRef(tenant=tenant, id=row.order_id))
    return SuspensionView(**row.model_dump(include=_SAME), order=order.number, since=row.began_at, rule=row.rule_text)


_SAME = {"reason", "resume_on", "ends_at", "ends_by", "limit_at", "limit_by", "rule_source", "attention"}


async def mend(services: Services, access: Access, mending: Mending) -> SuspensionAnswer:
    """Say it to the suspension's workflow. Raises NotFound, IllegalTransition, or what the workflow refused."""
    async with services.database.transaction() as session:
        found = await lines.find_line(session, access.person, mending.ref)
        access.check(found.relations, Right.LINE_REPAIR)
        clock = await suspension_timers.running_on(session, found.row.tenant, found.row.id)
        if clock is None:
            raise IllegalTransition("No suspension of this line is waited for.")
        action_id = await _say(session, access, clock, mending)
        order = await order_values.row_of(session, OrderRef(tenant=clock.tenant, id=clock.order_id))
    delivery = await services.dispatcher.deliver(action_id)
    if delivery.state in {"refused", "dead"}:
        raise refusal(delivery.code, delivery.detail)
    state = "done" if delivery.state == "done" else "waiting"
    return SuspensionAnswer(
        line=found.row.id, order=order.number, action=mending.action, action_id=action_id, state=state
    )


async def _say(session: Session, access: Access, clock: SuspensionTimerRow, mending: Mending) -> str:
    action_id = _action_id(access, clock, mending)
    payload = OperatorAction(action_id=action_id, actor=access.actor, evidence=mending.evidence)
    known = await outbox_rows.find(session, action_id)
    if known is not None and known.payload != to_jsonable_python(payload):
        raise IdempotencyKeyReused("This Idempotency-Key was used for another action; choose a new one.")
    message = Message(
        action_id=action_id,
        ref=OrderRef(tenant=clock.tenant, id=clock.order_id),
        kind=MessageKind.UPDATE,
        name=mending.action,
        payload=payload,
        workflow_id=TimerRef(tenant=clock.tenant, id=clock.id).workflow_id,
    )
    await enqueue(session, message)
    return action_id


def _action_id(access: Access, clock: SuspensionTimerRow, mending: Mending) -> str:
    if mending.key is None:
        return new_id()
    return fingerprint([clock.tenant, access.person.id, clock.id, mending.action, mending.key])
