"""Writes an order that was evaluated: its rows, locks and first event, and the message that starts its workflow."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python

from models import questions
from models.attestation import AttestationState
from models.db import order_events
from models.db.attestations.tables import AttestationRow
from models.db.encryption import Keyring
from models.db.locks import locks
from models.db.orders import order_rows, order_values
from models.db.orders.tables import ItemRow, OrderRow
from models.db.outbox import messages
from models.db.outbox.tables import OutboxRow
from models.db.session import Session, new_id
from models.events.preparation import RECEIVED
from models.facts import Facts
from models.holder import NOBODY
from models.lifecycle import ItemState, Status
from models.order import Actor, NewOrderRequest, Order, OrderEvent, Ruling
from models.order_type import FrozenType
from models.question import Scope
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE
from models.questions.returns import RETURN_CAUSE
from notifications.enqueue import enqueue_emails
from outbox import new_returns
from policies import deadlines
from policies.answers import replaced_by
from policies.attestations import Consent
from policies.choices import choices
from policies.evaluate import evaluate_order
from policies.order_title import order_title
from policies.pricing import price_items
from policies.start_date import starts_on
from policies.variants import resolve

FIRST_SEQ = 1


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A request for an order, with the facts, the ruling, and what each item keeps of its type.

    `parent_id` is the order that this one follows.
    """

    request: NewOrderRequest
    facts: Facts
    ruling: Ruling
    item_types: tuple[FrozenType, ...]
    parent_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What an order has besides what was evaluated. `actor` submits it.

    `parent_id` is the order that it follows from, `cause` why; `texts` are columns of the order that people fill in.
    `carrier` is that of an order about a device that is on no line.
    """

    order_id: str
    at: datetime
    actor: Actor
    contact: Mapping[str, Any] = field(default_factory=dict)
    watchers: Collection[str] = ()
    texts: Mapping[str, Any] = field(default_factory=dict)
    parent_id: str | None = None
    cause: str | None = None
    carrier: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """An order that was written, with the message that starts its workflow."""

    order: Order
    start: OutboxRow | None


def rule(request: NewOrderRequest, answered: Facts) -> Evaluation:
    """Evaluate an order whose answers are resolved."""
    resolved = resolve(request.type, answered.answers)
    known = replace(answered, type=resolved.order, effective_on=starts_on(answered))
    return Evaluation(request=request, facts=known, ruling=evaluate_order(known), item_types=resolved.items)


def carrier_of(known: Facts) -> str | None:
    """The carrier of the lines, or of the first product that has one; None if the order needs no carrier.

    That of a device is the carrier of the line that it is on, else the one that has delivered it.
    """
    if not known.type.with_carrier:
        return None
    if known.type.about_inventory:
        line = known.named_things[0].on_line
        return line.carrier if line else new_returns.delivered_by(known)
    products = (choice.product for choice in choices(known))
    return next((product.carrier for product in products if product and product.carrier), None)


async def write(
    session: Session, keyring: Keyring, evaluation: Evaluation, submission: Submission, *, notify_relay: bool = False
) -> NewOrder:
    """Write the order in the caller's transaction. Raises LineHasOpenOrder or DeviceReserved.

    Once that is committed, the caller starts its workflow, or the relay does so with `notify_relay`.
    """
    items = _item_rows(evaluation, submission.order_id)
    row = _order_row(evaluation, submission)
    await order_rows.insert_order(session, keyring, row, items)
    order = order_values.from_rows(row, items)
    await locks.claim(session, order, row.created_at)
    holders = _holder_names(evaluation, items)
    event = OrderEvent(
        seq=FIRST_SEQ,
        at=submission.at,
        event=RECEIVED.code,
        status=Status.VALIDATING,
        actor=submission.actor,
        data=(("held_by", holders),) if holders else (),
    )
    if await order_events.apply_event(session, order, event):
        await enqueue_emails(session, order, event)
    start = await messages.enqueue(session, messages.start_order(order), notify_relay=notify_relay)
    if order.type.returns:
        await new_returns.open_cases(session, order, evaluation.facts, submission.at)
    return NewOrder(order=order, start=start)


def attestation_row(consent: Consent, tenant: str, order_id: str) -> AttestationRow:
    """A consent of the order that its person has not given yet."""
    return AttestationRow(
        tenant=tenant,
        order_id=order_id,
        question=consent.question.code,
        person_id=consent.person_id,
        sentence=consent.question.help,
        state=AttestationState.WAITING,
    )


def _order_row(evaluation: Evaluation, submission: Submission) -> OrderRow:
    """The number is drawn when the row is inserted."""
    request, known, ruling = evaluation.request, evaluation.facts, evaluation.ruling
    waiting = new_returns.waiting_for(known)
    return OrderRow(
        tenant=request.tenant,
        id=submission.order_id,
        number="",
        parent_id=submission.parent_id or waiting,
        cause=submission.cause or (RETURN_CAUSE.of(known.answers[0]) if waiting else None),
        type_code=known.type.code,
        family=known.type.family,
        type=to_jsonable_python(known.type),
        title=order_title(request.type.texts_for(known.answers[0]), known),
        status=Status.VALIDATING,
        seq=0,
        requester_id=request.requester_id,
        beneficiary_id=known.beneficiary.holder.person_id,
        beneficiary_site_id=known.beneficiary.holder.site_id,
        account_id=known.account.id,
        carrier=carrier_of(known) or (submission.carrier if known.type.with_carrier else None),
        urgency=request.urgency,
        answers=to_jsonable_python(_order_wide(known)),
        contact=dict(submission.contact),
        cost_center_one_time=known.cost_center_one_time,
        cost_center_recurring=known.cost_center_recurring,
        watchers=_watchers(submission.watchers, known),
        ruling=to_jsonable_python(ruling),
        policy_version=ruling.policy_version,
        flags=list(ruling.flags),
        effective_at=deadlines.opens_at(known.policy, known.effective_on) if known.effective_on else None,
        created_at=submission.at,
        updated_at=submission.at,
        **submission.texts,
        **vars(ruling.quote),
    )


def _item_rows(evaluation: Evaluation, order_id: str) -> list[ItemRow]:
    """Each item has all of its answers, also those that apply to the whole order."""
    known = evaluation.facts
    return [
        ItemRow(
            tenant=evaluation.request.tenant,
            order_id=order_id,
            id=new_id(),
            number=number,
            state=ItemState.PENDING,
            line_id=LINE.of(answers),
            device_id=DEVICE_HELD.of(answers),
            mdn=named.line.mdn if (named := known.line(number - 1)) else None,
            answers=to_jsonable_python(answers),
            before=to_jsonable_python(replaced_by(known, number - 1)),
            variant=order_values.variant_of(kind, known.type),
            one_time=price.one_time,
            monthly=price.monthly,
            monthly_before=price.monthly_before,
        )
        for number, (answers, price, kind) in enumerate(
            zip(known.answers, price_items(known), evaluation.item_types, strict=True), start=1
        )
    ]


def _holder_names(evaluation: Evaluation, items: list[ItemRow]) -> dict[str, str]:
    """The names of those the lines or devices are assigned to, by item ID. Stored, as the order may reassign them."""
    things = evaluation.facts.things_by_item()
    return {items[number].id: named.assigned_to.name for number, named in things if named.record.holder != NOBODY}


def _order_wide(known: Facts) -> dict[str, Any]:
    return {code: answer for code, answer in known.answers[0].items() if questions.find(code).scope is Scope.ORDER}


def _watchers(requested: Collection[str], known: Facts) -> list[str]:
    """The requested watchers and everyone else whose line or device changes."""
    affected = [named.assigned_to.representative for named in known.named_things]
    informed_anyway = {known.requester.id, known.representative.id}
    others = (person.id for person in affected if person and person.id not in informed_anyway)
    return list(dict.fromkeys([*requested, *others]))
