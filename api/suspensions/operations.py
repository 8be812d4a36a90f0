"""The suspension of a line, and what operators do if the carrier does not resume the line."""

from dataclasses import dataclass

from api import workflow_actions
from api.deps import Access, Services
from api.suspensions.schemas import SuspensionResult, SuspensionView
from models.db.inventory import lines
from models.db.orders import order_rows
from models.db.outbox.messages import Message, MessageKind
from models.db.session import Session
from models.db.suspension_timers import suspension_timers
from models.db.suspension_timers.tables import SuspensionTimerRow
from models.errors import ActionNotAllowed
from models.lifecycle import Action
from models.order import OrderRef
from models.order_messages import OperatorAction
from models.timers import TimerRef
from policies.access import Right


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
    named = {"order": order.number, "since": timer.began_at, "rule": timer.rule_text}
    return SuspensionView.model_validate(timer.model_dump() | named)


async def run(services: Services, access: Access, command: SuspensionCommand) -> SuspensionResult:
    """Send the action to the suspension's workflow. Raises NotFound, ActionNotAllowed, or what the workflow raised."""
    line_id, number, action_id = await services.database.run(_accept, access, command)
    result = await workflow_actions.deliver(services, action_id)
    return SuspensionResult(line=line_id, order=number, action=command.action, action_id=action_id, state=result.state)


async def _accept(session: Session, access: Access, command: SuspensionCommand) -> tuple[str, str, str]:
    """Check the command and write its message; returns the line's id, the order's number, and the action id."""
    found = await lines.find_line(session, access.person, command.ref)
    access.check(found.relations, Right.LINE_REPAIR)
    timer = await suspension_timers.find_running(session, found.row.tenant, found.row.id)
    if timer is None:
        raise ActionNotAllowed("This line isn't suspended.")
    action_id = await _enqueue(session, access, timer, command)
    order = await order_rows.row_of(session, OrderRef(tenant=timer.tenant, id=timer.order_id))
    return found.row.id, order.number, action_id


async def _enqueue(session: Session, access: Access, timer: SuspensionTimerRow, command: SuspensionCommand) -> str:
    action_id = workflow_actions.action_id(access, timer.id, command.action, command.key)
    message = Message(
        action_id=action_id,
        ref=OrderRef(tenant=timer.tenant, id=timer.order_id),
        kind=MessageKind.UPDATE,
        name=command.action,
        payload=OperatorAction(action_id=action_id, actor=access.actor, evidence=command.evidence),
        workflow_id=TimerRef(tenant=timer.tenant, id=timer.id).workflow_id,
    )
    await workflow_actions.enqueue(session, message)
    return action_id
