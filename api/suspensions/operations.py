"""The suspension of a line, and what operators do if the carrier does not resume the line."""

from dataclasses import dataclass
from datetime import date, datetime

from pydantic_core import to_jsonable_python

from api.deps import Access, Services
from api.http.schemas import ResponseModel, fingerprint
from models.db.inventory import lines
from models.db.orders import order_rows
from models.db.outbox import delivery as outbox_rows
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.session import Session, new_id
from models.db.suspension_timers import suspension_timers
from models.db.suspension_timers.tables import SuspensionTimerRow
from models.errors import ActionNotAllowed, IdempotencyKeyReused, error_from_code
from models.lifecycle import Action
from models.order import OperatorAction, OrderRef
from models.timers import TimerRef
from policies.access import Right


class SuspensionView(ResponseModel):
    """Why and since when a line is suspended, and what comes next.

    `ends_at` and `ends_by` say what comes first: the planned resumption, or what the carrier does at its limit
    (`limit_at`, `limit_by`) by its own `rule`. `problem` is the error if the line should be in service but isn't.
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
    problem: str | None


class SuspensionAnswer(ResponseModel):
    """The result of an action: `done`, or `waiting` until the suspension's workflow receives it.

    `order` is the order that suspended the line. Its history records the action.
    """

    line: str
    order: str
    action: str
    action_id: str
    state: str


@dataclass(frozen=True, kw_only=True)
class SuspensionCommand:
    """An operator's action on the suspension of a line. A repeat with the same `key` is the same action."""

    action: Action
    ref: str
    evidence: str
    key: str | None = None


async def suspension_of(session: Session, tenant: str, line_id: str) -> SuspensionView | None:
    """The suspension of a line if a timer runs for it."""
    timer = await suspension_timers.find_running(session, tenant, line_id)
    if timer is None:
        return None
    order = await order_rows.row_of(session, OrderRef(tenant=tenant, id=timer.order_id))
    return SuspensionView(
        **timer.model_dump(include=_COPIED), order=order.number, since=timer.began_at, rule=timer.rule_text
    )


_COPIED = {"reason", "resume_on", "ends_at", "ends_by", "limit_at", "limit_by", "rule_source", "problem"}


async def run(services: Services, access: Access, command: SuspensionCommand) -> SuspensionAnswer:
    """Send the action to the suspension's workflow. Raises NotFound, ActionNotAllowed, or what the workflow raised."""
    async with services.database.transaction() as session:
        found = await lines.find_line(session, access.person, command.ref)
        access.check(found.relations, Right.LINE_REPAIR)
        timer = await suspension_timers.find_running(session, found.row.tenant, found.row.id)
        if timer is None:
            raise ActionNotAllowed("This line isn't suspended.")
        action_id = await _enqueue(session, access, timer, command)
        order = await order_rows.row_of(session, OrderRef(tenant=timer.tenant, id=timer.order_id))
    delivery = await services.dispatcher.deliver(action_id)
    if delivery.state in {"refused", "dead"}:
        raise error_from_code(delivery.code, delivery.detail)
    return SuspensionAnswer(
        line=found.row.id,
        order=order.number,
        action=command.action,
        action_id=action_id,
        state="done" if delivery.state == "done" else "waiting",
    )


async def _enqueue(session: Session, access: Access, timer: SuspensionTimerRow, command: SuspensionCommand) -> str:
    action_id = new_id()
    if command.key is not None:
        action_id = fingerprint([timer.tenant, access.person.id, timer.id, command.action, command.key])
    payload = OperatorAction(action_id=action_id, actor=access.actor, evidence=command.evidence)
    known = await outbox_rows.find(session, action_id)
    if known is not None and known.payload != to_jsonable_python(payload):
        raise IdempotencyKeyReused("This Idempotency-Key was used for another action. Use a new one.")
    message = Message(
        action_id=action_id,
        ref=OrderRef(tenant=timer.tenant, id=timer.order_id),
        kind=MessageKind.UPDATE,
        name=command.action,
        payload=payload,
        workflow_id=TimerRef(tenant=timer.tenant, id=timer.id).workflow_id,
    )
    await enqueue(session, message)
    return action_id
