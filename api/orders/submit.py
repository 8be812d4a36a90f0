"""Placing an order: one transaction that writes all of it or nothing."""

from dataclasses import dataclass
from datetime import datetime

from api.deps import Access, Services
from api.http.schemas import fingerprint
from api.orders.evaluation import evaluate
from api.orders.mapping import held_by, item_rows, order_row
from api.orders.request_schemas import OrderIn
from models.db import line_locks, order_events
from models.db.orders import drafts, idempotency, order_rows, order_values
from models.db.orders.tables import IdempotencyRow, ItemRow, OrderRow
from models.db.outbox import messages
from models.db.session import Session, new_id
from models.facts import Person
from models.lifecycle import Event, Status
from models.order import OrderEvent
from notifications.enqueue import enqueue_emails

FIRST = 1


@dataclass(frozen=True, kw_only=True)
class Placed:
    """The order that answers a submission; `replayed` when an earlier submission with the same key made it."""

    order_id: str
    replayed: bool = False


async def submit(
    services: Services, access: Access, body: OrderIn, key: str | None, *, from_draft: bool = False
) -> Placed:
    """Place the order, or find the one this Idempotency-Key placed before.

    `from_draft`: the key is the id of the draft that becomes the order, and ends with it.
    """
    at, order_id = services.now(), new_id()
    async with services.database.transaction() as session:
        if key is not None:
            known = await idempotency.claim(session, _claim(access.person, body, key, order_id, at))
            if known is not None:
                return Placed(order_id=known, replayed=True)
        judged = await evaluate(session, services, access.person, body)
        if judged.facts.type.step_up:
            access.require_fresh()
        row, items = order_row(body, judged, order_id, at), item_rows(judged, order_id)
        holders = held_by(judged, items)
        entry = OrderEvent(
            seq=FIRST,
            at=at,
            event=Event.RECEIVED,
            status=Status.VALIDATING,
            actor=access.actor,
            data=(("held_by", holders),) if holders else (),
        )
        await _write(session, row, items, entry)
        if from_draft and key is not None:
            await drafts.sent(session, access.person, key)
    return Placed(order_id=order_id)


async def _write(session: Session, row: OrderRow, items: list[ItemRow], entry: OrderEvent) -> None:
    await order_rows.insert_order(session, row, items)
    order = order_values.from_rows(row, items)
    await line_locks.take(session, order, row.created_at)
    if await order_events.record(session, order, entry):
        await enqueue_emails(session, order, entry)
    await messages.enqueue(session, messages.start(order))


def _claim(person: Person, body: OrderIn, key: str, order_id: str, at: datetime) -> IdempotencyRow:
    return IdempotencyRow(
        tenant=person.tenant,
        person_id=person.id,
        key=key,
        body_hash=fingerprint(body.model_dump(mode="json", exclude_unset=True)),
        order_id=order_id,
        created_at=at,
    )
