"""Submits an order: one transaction writes all of it or nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python

from api.deps import Access, Services
from api.http.schemas import fingerprint
from api.orders.consents import attestation_rows
from api.orders.evaluation import Evaluation, carrier_of, evaluate, order_request
from api.orders.schemas import OrderIn
from models import questions
from models.db import exclusive_answers, order_events
from models.db.attestations import attestations
from models.db.encryption import Keyring
from models.db.line_locks import line_locks
from models.db.orders import drafts, idempotency, order_rows, order_values
from models.db.orders.tables import IdempotencyRow, ItemRow, OrderRow
from models.db.outbox import messages
from models.db.session import Session, new_id
from models.events.preparation import RECEIVED
from models.facts import Facts, Person
from models.holder import NOBODY
from models.lifecycle import ItemState, Status
from models.order import OrderEvent
from models.question import Scope
from models.questions.line import LINE
from notifications.enqueue import enqueue_emails
from policies import deadlines
from policies.answers import replaced_by
from policies.order_title import order_title
from policies.pricing import price_items

FIRST_SEQ = 1


@dataclass(frozen=True, kw_only=True)
class SubmittedOrder:
    """`replayed` when an earlier submission with the same key created the order."""

    order_id: str
    replayed: bool = False


async def submit(
    services: Services, access: Access, body: OrderIn, key: str | None, *, from_draft: bool = False
) -> SubmittedOrder:
    """Create the order, or find the one this Idempotency-Key created before.

    `from_draft`: the key is the ID of a draft, which is deleted in the same transaction.
    """
    return await services.database.run(_submit, services, access, body, key, from_draft=from_draft)


async def _submit(
    session: Session, services: Services, access: Access, body: OrderIn, key: str | None, *, from_draft: bool
) -> SubmittedOrder:
    at, order_id = services.now(), new_id()
    if key is not None:
        known = await idempotency.claim(session, _claim(access.person, body, key, order_id, at))
        if known is not None:
            return SubmittedOrder(order_id=known, replayed=True)
    await exclusive_answers.lock(session, order_request(services, access.person, body))
    evaluation = await evaluate(session, services, access.person, body)
    if evaluation.facts.type.step_up:
        access.require_step_up()
    items = _item_rows(evaluation, order_id)
    agreed = await attestation_rows(session, evaluation, body, access.caller.channel, order_id, at)
    holders = _holder_names(evaluation, items)
    event = OrderEvent(
        seq=FIRST_SEQ,
        at=at,
        event=RECEIVED.code,
        status=Status.VALIDATING,
        actor=access.actor,
        data=(("held_by", holders),) if holders else (),
    )
    await _write(session, services.keyring, _order_row(body, evaluation, order_id, at), items, event)
    await attestations.add(session, agreed)
    if from_draft and key is not None:
        await drafts.delete_submitted(session, access.person, key)
    return SubmittedOrder(order_id=order_id)


async def _write(session: Session, keyring: Keyring, row: OrderRow, items: list[ItemRow], event: OrderEvent) -> None:
    await order_rows.insert_order(session, keyring, row, items)
    order = order_values.from_rows(row, items)
    await line_locks.claim(session, order, row.created_at)
    if await order_events.apply_event(session, order, event):
        await enqueue_emails(session, order, event)
    await messages.enqueue(session, messages.start_order(order))


def _claim(person: Person, body: OrderIn, key: str, order_id: str, at: datetime) -> IdempotencyRow:
    """The hash is of the body without its secrets: a short PIN could be found from the hash by trying."""
    hashed = body.model_copy(
        update={
            "answers": questions.mask_secret_answers(body.answers),
            "items": [questions.mask_secret_answers(item) for item in body.items],
        }
    )
    return IdempotencyRow(
        tenant=person.tenant,
        person_id=person.id,
        key=key,
        body_hash=fingerprint(hashed.model_dump(mode="json", exclude_unset=True)),
        order_id=order_id,
        created_at=at,
    )


def _order_row(body: OrderIn, evaluation: Evaluation, order_id: str, at: datetime) -> OrderRow:
    """The number is drawn when the row is inserted."""
    request, known, ruling = evaluation.request, evaluation.facts, evaluation.ruling
    return OrderRow(
        tenant=request.tenant,
        id=order_id,
        number="",
        parent_id=evaluation.parent_id,
        cause=body.cause if evaluation.parent_id else None,
        type_code=known.type.code,
        family=known.type.family,
        type=to_jsonable_python(known.type),
        title=order_title(request.type.texts, known),
        status=Status.VALIDATING,
        seq=0,
        requester_id=request.requester_id,
        beneficiary_id=known.beneficiary.holder.person_id,
        beneficiary_site_id=known.beneficiary.holder.site_id,
        account_id=known.account.id,
        carrier=carrier_of(known),
        urgency=request.urgency,
        answers=to_jsonable_python(_order_wide(known)),
        contact=body.contact.model_dump(exclude_none=True),
        cost_center_one_time=known.cost_center_one_time,
        cost_center_recurring=known.cost_center_recurring,
        watchers=_watchers(body, known),
        ruling=to_jsonable_python(ruling),
        policy_version=ruling.policy_version,
        flags=list(ruling.flags),
        effective_at=deadlines.opens_at(known.policy, known.effective_on) if known.effective_on else None,
        created_at=at,
        updated_at=at,
        **body.model_dump(include={"external_number", "reason", "instructions", "po_number"}),
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
    """The names of those the lines are assigned to, by item ID. Stored, because the order may reassign them."""
    lines = evaluation.facts.lines_by_item()
    return {items[number].id: named.assigned_to.name for number, named in lines if named.line.holder != NOBODY}


def _order_wide(known: Facts) -> dict[str, Any]:
    return {code: answer for code, answer in known.answers[0].items() if questions.find(code).scope is Scope.ORDER}


def _watchers(body: OrderIn, known: Facts) -> list[str]:
    """The requested watchers and everyone else whose line changes."""
    affected = [named.assigned_to.representative for named in known.named_lines]
    informed_anyway = {known.requester.id, known.representative.id}
    others = (person.id for person in affected if person and person.id not in informed_anyway)
    return list(dict.fromkeys([*body.watchers, *others]))
