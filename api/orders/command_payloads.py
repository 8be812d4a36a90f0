"""The message a workflow receives for each action, built from the request body."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from api.deps import Access
from api.orders import late_questions
from api.orders.backorders import is_asked_to_wait
from api.orders.command_schemas import (
    ActivateIn,
    CancelIn,
    CorrectIn,
    InfoIn,
    ReassignIn,
    ReceiptIn,
    RescheduleIn,
    WaitIn,
)
from models.approval_plan import Approver
from models.db import identifiers_in_use
from models.db.approvals import approval_requests
from models.db.approvals.tables import ApprovalRow
from models.db.catalog import policy_versions
from models.db.encryption import Keyring
from models.db.facts.ties import tied_people
from models.db.orders import order_rows, order_values, secret_answers
from models.db.orders.order_rows import OrderFound
from models.db.orders.tables import ItemRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people import lookup
from models.db.session import Session
from models.db.tasks.tables import TaskRow
from models.errors import ActionNotAllowed, AlreadyDecided, InvalidRequest, NotYourDecision
from models.events.waiting import REFUSED
from models.identifiers import LABELS, PARSERS, Remedy
from models.lifecycle import Action, ItemState
from models.order import Actor, Identifiers, ItemSnapshot, OrderRef
from models.order_messages import (
    COMPLETE_ANYWAY,
    Activation,
    Cancellation,
    Correction,
    Decision,
    Extension,
    InfoRequest,
    InfoResponse,
    OperatorAction,
    Reassignment,
    Receipt,
    Replacement,
    Rescheduling,
    SettledIdentifier,
)
from models.questions.resumption import ACCEPT_NEW_NUMBER
from models.task import task_kind
from policies import deadlines
from policies.access import can_approve
from workflows.actions import OWN_ORDER

Payload = (
    Activation
    | Cancellation
    | Correction
    | Decision
    | Extension
    | InfoRequest
    | InfoResponse
    | OperatorAction
    | Reassignment
    | Receipt
    | Replacement
    | Rescheduling
)
IN_DELIVERY = "Your decision is being processed. It hasn't reached the order yet. If it doesn't count, we'll email you."


@dataclass(frozen=True, kw_only=True)
class CommandContext:
    """Who runs which action on which order. `message` is what was written for it; None if it was sent before."""

    session: Session
    keyring: Keyring
    access: Access
    found: OrderFound
    action: Action
    action_id: str
    message: OutboxRow | None = None

    @property
    def origin(self) -> dict[str, Any]:
        """The fields that every payload starts with."""
        return {"action_id": self.action_id, "actor": self.access.actor}

    @property
    def ref(self) -> OrderRef:
        return OrderRef(tenant=self.found.row.tenant, id=self.found.row.id)


@dataclass(frozen=True, kw_only=True)
class ApprovalDecision:
    """The body of a decision: it counts only for the round and stage of this approval."""

    approval: ApprovalRow
    comment: str


@dataclass(frozen=True, kw_only=True)
class ChosenOnTask:
    """The body of a choice on a task, with the person's text."""

    task: TaskRow
    choice: str
    text: str

    @property
    def held_by(self) -> int | None:
        """The event that opened the task, by its `seq`, if the order's workflow waits for the choice."""
        return self.task.seq if task_kind(self.task.kind).holds_order else None


async def build_payload(context: CommandContext, body: Any) -> Payload:
    """Raises InvalidRequest naming each field that is wrong."""
    return await _BUILDERS[context.action](context, body)


def decision_payload(
    action: Action, approval: ApprovalRow, comment: str, *, action_id: str, actor: Actor
) -> Decision | InfoRequest:
    step: Any = {"round": approval.round, "stage": approval.stage, "action_id": action_id, "actor": actor}
    return InfoRequest(text=comment, **step) if action is Action.REQUEST_INFO else Decision(comment=comment, **step)


async def _decision(context: CommandContext, body: ApprovalDecision) -> Decision | InfoRequest:
    """Raises AlreadyDecided while another decision of this person, by link, page or API, is on its way."""
    row, items = await order_values.lock_rows(context.session, context.ref)
    await _require_untied(context, row, items, context.access.person.id)
    earlier = await approval_requests.last_decision(context.session, body.approval)
    if earlier is not None and earlier.state == "waiting" and earlier.id != context.action_id:
        raise AlreadyDecided(IN_DELIVERY)
    return decision_payload(context.action, body.approval, body.comment, **context.origin)


async def _cancellation(context: CommandContext, body: CancelIn | ChosenOnTask) -> Cancellation:
    if isinstance(body, ChosenOnTask):
        return Cancellation(reason=body.text, task=body.held_by, **context.origin)
    return Cancellation(reason=body.reason, **context.origin)


async def _info_response(context: CommandContext, body: InfoIn) -> InfoResponse:
    """The carrier gets only what it asked for; an approver gets a text."""
    row, items = context.found.row, await order_rows.items_of(context.session, context.ref)
    asked = await order_rows.timeline(context.session, row.tenant, row.id, events=late_questions.QUESTIONS)
    numbers = late_questions.with_new_number(items, asked)
    of_carrier = [item for item in items if item.state == ItemState.INFO_REQUIRED and item not in numbers]
    numbered = _numbered(body, numbers, has_question=bool(of_carrier))
    about = [numbered] if numbered else of_carrier
    needed = late_questions.needed_by_carrier(order_values.type_of(row), about, asked)
    parsed = late_questions.parse_for_carrier(needed, body.fields)
    for item in about:
        await _require_unused(context, item, parsed, late_questions.CARRIER_QUESTION)
    fields = tuple(sorted((await _sealed(context, parsed)).items()))
    if numbered is None:
        return InfoResponse(text=body.answer, fields=fields, **context.origin)
    text = body.answer if not parsed else _for_whom(context, body.answer)
    return InfoResponse(text=text, fields=fields, item_id=numbered.id, **context.origin)


def _numbered(body: InfoIn, numbers: Sequence[ItemRow], *, has_question: bool) -> ItemRow | None:
    """The item whose new number an answer is about; None if it answers a question."""
    if body.item is not None:
        found = next((item for item in numbers if item.number == body.item), None)
        if found is None:
            raise InvalidRequest(f"Item {body.item} has no new number to accept.", field="item")
        return found
    if not numbers or (has_question and ACCEPT_NEW_NUMBER.code not in body.fields):
        return None
    if len(numbers) > 1:
        raise InvalidRequest("Several items have a new number. Enter the item that you mean.", field="item")
    return numbers[0]


def _for_whom(context: CommandContext, text: str) -> str:
    """What is recorded if a person accepts a new number that someone else has to accept."""
    found = context.found
    if context.access.person.id == found.represented_by:
        return text
    return f"Accepted for {found.beneficiary.name or found.requester}. {text}".strip()


async def _correction(context: CommandContext, body: CorrectIn) -> Correction:
    """Only what the carrier has refused can be corrected; a secret among it is asked for anew."""
    row, items = context.found.row, await order_rows.items_of(context.session, context.ref)
    refusals = await order_rows.timeline(context.session, row.tenant, row.id, events=[REFUSED.code])
    asked = late_questions.correctable(order_values.type_of(row), items, refusals)
    parsed = late_questions.parse_for_carrier(asked, body.fields)
    if not parsed:
        raise InvalidRequest("Enter the correct value.", field=late_questions.CARRIER_QUESTION)
    for item in items:
        if item.state == ItemState.REFUSED:
            await _require_unused(context, item, parsed, late_questions.CARRIER_QUESTION)
    fields = await _sealed(context, parsed)
    return Correction(fields=tuple(sorted(fields.items())), **context.origin)


async def _activation(context: CommandContext, body: ActivateIn) -> Activation:
    item = await _item(context, body.item)
    parsed = late_questions.parse_activation(order_values.type_of(context.found.row), item, body.answers)
    await _require_unused(context, item, parsed, late_questions.ACTIVATION)
    answers = await _sealed(context, parsed)
    return Activation(item_id=item.id, answers=tuple(sorted(answers.items())), **context.origin)


async def _receipt(context: CommandContext, body: ReceiptIn | ChosenOnTask) -> Receipt:
    if isinstance(body, ChosenOnTask):
        chosen: dict[str, Any] = {"task": body.task.seq, "choice": body.choice, "evidence": body.text}
        return Receipt(item_id=body.task.evidence["item_id"], **chosen, **context.origin)
    item = await _item(context, body.item)
    return Receipt(item_id=item.id, **context.origin)


async def _item(context: CommandContext, number: int) -> ItemRow:
    items = await order_rows.items_of(context.session, context.ref)
    item = next((item for item in items if item.number == number), None)
    if item is None:
        raise InvalidRequest(f"This order has no item {number}.", field="item")
    return item


async def _require_unused(context: CommandContext, item: ItemRow, answers: Mapping[str, Any], place: str) -> None:
    """Raise InvalidRequest if something else has one of the identifiers that were answered about the item."""
    identifiers = Identifiers.among(answers)
    in_use = await identifiers_in_use.in_inventory(context.session, item, identifiers)
    on_order = {} if in_use else await identifiers_in_use.in_open_orders(context.session, item, identifiers)
    for name in (*(one.name for one in in_use), *on_order):
        detail = f"This {LABELS[name]} is in use or on order for another line. Check for a typo."
        raise InvalidRequest(detail, field=place if place == "text" else f"{place}.{name}")


async def _reassignment(context: CommandContext, body: ReassignIn) -> Reassignment:
    row, items = await order_values.load_rows(context.session, context.ref)
    await _require_untied(context, row, items, context.access.person.id)
    approver = await lookup.by_id(context.session, context.access.person.tenant, body.to_id)
    if approver is None or not can_approve(approver):
        raise InvalidRequest("This person can't approve orders. Choose someone else.", field="to_id")
    await _require_untied(context, row, items, approver.id, field="to_id")
    return Reassignment(
        from_id=body.from_id or await _current_approver(context),
        to=Approver(person_id=approver.id, name=approver.name),
        reason=body.reason,
        **context.origin,
    )


async def _require_untied(
    context: CommandContext, row: OrderRow, items: Sequence[ItemRow], person_id: str, *, field: str | None = None
) -> None:
    """Raise NotYourDecision if it is the person's own order."""
    if person_id in await tied_people(context.session, row, items):
        raise NotYourDecision(OWN_ORDER, field=field)


async def _current_approver(context: CommandContext) -> str:
    """The caller if their approval is pending, else the only person whose approval is."""
    approvals = await approval_requests.approvals_with_names(context.session, context.found.row)
    pending = [row.approver_id for row, _ in approvals if row.state == "pending"]
    if context.access.person.id in pending:
        return context.access.person.id
    if len(pending) != 1:
        raise InvalidRequest("Choose whose request to reassign: it isn't pending with one person.", field="from_id")
    return pending[0]


async def _rescheduling(context: CommandContext, body: RescheduleIn) -> Rescheduling:
    """A day starts when the tenant's office opens. The policy is that of the order."""
    version = order_values.ruling_of(context.found.row).policy_version
    policy, start = await policy_versions.get(context.session, context.access.person.tenant, version), body.effective_at
    day = deadlines.local_day(policy, start) if isinstance(start, datetime) else start
    if detail := deadlines.cannot_start(policy, await context.session.now(), day):
        raise InvalidRequest(detail, field="effective_at")
    effective_at = start if isinstance(start, datetime) else deadlines.opens_at(policy, start)
    return Rescheduling(effective_at=effective_at, **context.origin)


async def _operator_action(context: CommandContext, body: ChosenOnTask) -> OperatorAction:
    about: Mapping[str, Any] = body.task.evidence
    chosen = {"evidence": body.text, "task": body.held_by, **context.origin}
    if body.choice == COMPLETE_ANYWAY:
        return OperatorAction(choice=body.choice, confirms=about["item_id"], **chosen)
    if body.choice not in {*Remedy}:
        return OperatorAction(**chosen)
    remedy, name, item_id = Remedy(body.choice), about["identifier"], about["item_id"]
    if remedy is not Remedy.CORRECT:
        settled = SettledIdentifier(item_id=item_id, name=name, remedy=remedy)
        return OperatorAction(choice=remedy, settled=settled, **chosen)
    try:
        entered = Identifiers(**{name: PARSERS[name](body.text)})
    except ValueError as error:
        raise InvalidRequest(str(error), field="text") from error
    item = next(one for one in await order_rows.items_of(context.session, context.ref) if one.id == item_id)
    await _require_unused(context, item, entered.known, "text")
    snapshot = ItemSnapshot(item_id=item_id, state=ItemState(item.state), identifiers=entered)
    return OperatorAction(choice=remedy, items=(snapshot,), **chosen)


async def _extension(context: CommandContext, body: WaitIn | ChosenOnTask) -> Extension:
    """Raises ActionNotAllowed if only the task asks, which is not for everyone who can answer for the order."""
    if isinstance(body, ChosenOnTask):
        return Extension(reason=body.text, **context.origin)
    items = await order_rows.items_of(context.session, context.ref)
    if not await is_asked_to_wait(context.session, context.found.row, items):
        raise ActionNotAllowed("You can decide to keep waiting only once you're asked.")
    return Extension(reason=body.reason, **context.origin)


async def _replacement(context: CommandContext, body: ChosenOnTask) -> Replacement:
    return Replacement(round=body.task.evidence["round"], task=body.task.seq, evidence=body.text, **context.origin)


async def _received(context: CommandContext, body: ChosenOnTask) -> OperatorAction:
    return OperatorAction(choice=body.choice, evidence=body.text, task=body.task.seq, **context.origin)


_BUILDERS: Mapping[Action, Callable[[CommandContext, Any], Awaitable[Payload]]] = MappingProxyType(
    {
        Action.APPROVE: _decision,
        Action.REJECT: _decision,
        Action.REQUEST_INFO: _decision,
        Action.PROVIDE_INFO: _info_response,
        Action.REASSIGN: _reassignment,
        Action.CANCEL: _cancellation,
        Action.RESCHEDULE: _rescheduling,
        Action.ACTIVATE: _activation,
        Action.RETRY: _operator_action,
        Action.COMPLETE_MANUALLY: _operator_action,
        Action.PLACE_AGAIN: _replacement,
        Action.RECEIVE: _received,
        Action.CONFIRM_RECEIPT: _receipt,
        Action.KEEP_WAITING: _extension,
        Action.CORRECT: _correction,
    }
)


async def _sealed(context: CommandContext, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as messages have them: without their secrets, which are stored apart."""
    return await secret_answers.keep(context.session, context.keyring, context.ref, answers, context.action_id)
