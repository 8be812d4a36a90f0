"""From what a person sends to what the workflow is told, one function per action."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from api.orders.commands import Context, Wording
from api.orders.request_schemas import (
    ActivateIn,
    CancelIn,
    CompleteIn,
    DecisionIn,
    InfoIn,
    ReassignIn,
    RescheduleIn,
    RetryIn,
)
from models.asks import QUESTIONS, Ask
from models.db import facts
from models.db.approvals.tables import ApprovalRow
from models.db.orders import order_rows, order_values
from models.db.people import lookup
from models.errors import FieldError, InvalidRequest
from models.order import (
    Activation,
    Approver,
    Cancellation,
    Decision,
    InfoRequest,
    InfoResponse,
    OperatorAction,
    OrderRef,
    Reassignment,
    Rescheduling,
)
from policies import deadlines
from policies.access import may_decide


def cancellation(body: CancelIn) -> Wording:
    """Cancel."""

    async def word(context: Context) -> Cancellation:
        return Cancellation(action_id=context.action_id, actor=context.access.actor, reason=body.reason)

    return word


def reply(body: InfoIn) -> Wording:
    """Answer an approver or the carrier; corrected answers are checked like those of a new order."""

    async def word(context: Context) -> InfoResponse:
        asks = context.found.row.type["asks"]
        fields = _parsed({name: value for name, value in body.fields.items() if value is not None}, asks)
        return InfoResponse(
            action_id=context.action_id,
            actor=context.access.actor,
            text=body.answer,
            fields=tuple(sorted(fields.items())),
        )

    return word


def activation(body: ActivateIn) -> Wording:
    """Say which device and SIM the person holds."""

    async def word(context: Context) -> Activation:
        given = {name: value for name, value in body.model_dump(exclude={"item"}).items() if value is not None}
        row = context.found.row
        items = await order_values.items_of(context.session, OrderRef(tenant=row.tenant, id=row.id))
        item_id = next((item.id for item in items if item.number == body.item), None)
        if item_id is None:
            raise InvalidRequest(f"The order has {len(items)} items.", field="item")
        return Activation(
            action_id=context.action_id, actor=context.access.actor, item_id=item_id, **_parsed(given, given)
        )

    return word


def reassignment(body: ReassignIn) -> Wording:
    """Let somebody else decide."""

    async def word(context: Context) -> Reassignment:
        to = await lookup.by_id(context.session, context.access.person.tenant, body.to_id)
        if to is None or not may_decide(to):
            raise InvalidRequest("There is nobody like that who may decide.", field="to_id")
        return Reassignment(
            action_id=context.action_id,
            actor=context.access.actor,
            from_id=body.from_id or await _asked(context),
            to=Approver(person_id=to.id, name=to.name),
            reason=body.reason,
        )

    return word


def rescheduling(body: RescheduleIn) -> Wording:
    """Take effect at another time; a day begins when the tenant's office opens."""

    async def word(context: Context) -> Rescheduling:
        policy = await facts.policy_of(context.session, context.access.person.tenant)
        return Rescheduling(
            action_id=context.action_id,
            actor=context.access.actor,
            effective_at=_moment(body.effective_at, lambda day: deadlines.opening(policy, day)),
        )

    return word


def repair(body: RetryIn | CompleteIn) -> Wording:
    """Retry the failed step, or declare the carrier's part done."""

    async def word(context: Context) -> OperatorAction:
        return OperatorAction(action_id=context.action_id, actor=context.access.actor, evidence=body.evidence)

    return word


def decision(body: DecisionIn, approval: ApprovalRow) -> Wording:
    """Approve, reject, or ask; good for the step that was asked for alone."""

    async def word(context: Context) -> Decision | InfoRequest:
        step = {"round": approval.round, "stage": approval.stage}
        who: Any = {"action_id": context.action_id, "actor": context.access.actor, **step}
        if body.decision == "request_info":
            return InfoRequest(text=body.comment, **who)
        return Decision(comment=body.comment, **who)

    return word


async def _asked(context: Context) -> str:
    """From whom a request is taken when nobody is named: oneself, or the only one who is asked."""
    asked = [
        row.approver_id
        for row, _ in await order_rows.approvals_of(context.session, context.found.row)
        if row.state == "pending"
    ]
    if context.access.person.id in asked:
        return context.access.person.id
    if len(asked) != 1:
        raise InvalidRequest("Say whose decision it is: several people are asked, or nobody.", field="from_id")
    return asked[0]


def _parsed(given: Mapping[str, Any], asks: Any) -> dict[str, Any]:
    """The answers in stored form. Raises InvalidRequest naming each that is wrong or not asked for."""
    errors, answers = [], {}
    for name, value in given.items():
        try:
            answers[name] = _parse(name, value, asks)
        except ValueError as error:
            errors.append(FieldError(code="ANSWER_INVALID", field=name, detail=str(error)))
    if errors:
        raise InvalidRequest(errors[0].detail, field=errors[0].field, errors=errors)
    return answers


def _parse(name: str, value: Any, asks: Any) -> Any:
    if name not in asks:
        raise ValueError(f"This order does not ask for {name}.")
    return QUESTIONS[Ask(name)].parse(value)


def _moment(wanted: datetime | date, opening: Any) -> datetime:
    if isinstance(wanted, datetime):
        return wanted
    moment: datetime = opening(wanted)
    return moment
