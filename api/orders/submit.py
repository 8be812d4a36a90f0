"""Submits an order: one transaction writes all of it or nothing."""

from dataclasses import dataclass
from datetime import datetime

from api.deps import Access, Services
from api.http.schemas import fingerprint
from api.orders import ask_carrier
from api.orders.consents import attestation_rows
from api.orders.evaluation import evaluate, order_request
from api.orders.schemas import OrderIn
from models import questions
from models.db import exclusive_answers
from models.db.attestations import attestations
from models.db.orders import drafts, idempotency
from models.db.orders.tables import IdempotencyRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Session, new_id
from models.facts import Person
from outbox import new_orders
from outbox.new_orders import Submission


@dataclass(frozen=True, kw_only=True)
class SubmittedOrder:
    """`start` is the message that starts its workflow; None when an earlier submission with the same key created it."""

    order_id: str
    start: OutboxRow | None = None

    async def deliver(self, services: Services) -> None:
        """Start the workflow, unless that has been done."""
        await services.dispatcher.deliver(self.order_id, self.start)


async def submit(
    services: Services, access: Access, body: OrderIn, key: str | None, *, from_draft: bool = False
) -> SubmittedOrder:
    """Create the order, or find the one this Idempotency-Key created before.

    `from_draft`: the key is the ID of a draft, which is deleted in the same transaction.
    """
    await ask_carrier.ask(services, access.person, body)
    return await services.database.run(_submit, services, access, body, key, from_draft=from_draft)


async def _submit(
    session: Session, services: Services, access: Access, body: OrderIn, key: str | None, *, from_draft: bool
) -> SubmittedOrder:
    at, order_id = services.now(), new_id()
    if key is not None:
        known = await idempotency.claim(session, _claim(access.person, body, key, order_id, at))
        if known is not None:
            return SubmittedOrder(order_id=known)
    await exclusive_answers.lock(session, order_request(services, access.person, body))
    evaluation = await evaluate(session, services, access.person, body)
    if evaluation.facts.type.step_up:
        access.require_step_up()
    agreed = await attestation_rows(session, evaluation, body, access.caller.channel, order_id, at)
    submission = Submission(
        order_id=order_id,
        at=at,
        actor=access.actor,
        contact=body.contact.model_dump(exclude_none=True),
        watchers=body.watchers,
        texts=body.model_dump(include={"external_number", "reason", "instructions", "po_number"}),
        parent_id=evaluation.parent_id,
        cause=body.cause if evaluation.parent_id else None,
    )
    written = await new_orders.write(session, services.keyring, evaluation, submission)
    await attestations.add(session, agreed)
    if from_draft and key is not None:
        await drafts.delete_submitted(session, access.person, key)
    return SubmittedOrder(order_id=order_id, start=written.start)


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
