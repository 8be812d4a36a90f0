"""Records a carrier's events, from webhooks and polls, and forwards those that change an order."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import to_json, to_jsonable_python

from models.db import reported_orders
from models.db.carriers import second_orders
from models.db.carriers.tables import MAX_EVENT_ID_LENGTH, CarrierEventRow, CarrierOrderRow
from models.db.encryption import KeyPurpose, Keyring
from models.db.orders import order_values, secret_answers
from models.db.orders.tables import OrderRow
from models.db.outbox import delivery
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.lifecycle import ItemState
from models.order import CarrierUpdate, Channel, ItemUpdate, OrderRef
from models.secret_values import mask_values
from models.timers import TimerRef
from outbox import carrier_reports, contradictions, unordered_changes, waiting_orders
from outbox.carrier_reports import KnownOrder


async def receive_update(
    session: Session,
    keyring: Keyring,
    carrier_code: str,
    update: CarrierUpdate,
    body: bytes,
    *,
    notify_relay: bool = False,
) -> OutboxRow | None:
    """Record the event once, with its body encrypted, and enqueue a signal for its workflow.

    Nothing is known before it is received, whatever the carrier's clock says, and without the carrier's time it is so
    since then. It is received at the database's time.

    The order's secrets are masked first: the carrier may repeat one, as in "PIN 4711 doesn't match". Identifiers and
    dates are stored with the items, and are not part of the signal. An item that has ended otherwise than the carrier
    reports becomes a task, and what no order of ours asked for a difference of its line. Returns the message for the
    caller, or the relay, to deliver; None for a repeated event, an unknown or closed order, a second order under our
    reference, an answer that is that of the newest report, or an update that changes nothing.
    """
    reported = await reported_orders.lock_reported(session, carrier_code, update.client_ref)
    received_at = reported.received_at if reported is not None else await session.now()
    at = update.at and min(update.at, received_at)
    update = replace(update, at=at, event_id=_storable_id(update.event_id))
    said_at = update.at or received_at
    row, counts, order, last = None, True, None, None
    if reported is not None:
        update, body = await _mask_order_secrets(session, keyring, reported.row, update, body)
        report = await reported_orders.note_report(
            session, carrier_code, update.client_ref, update.carrier_ref, said_at=said_at, polled=_answer(update)
        )
        row, counts, last = report.row, report.counts, report.last
        if reported.was_lost and counts:
            await waiting_orders.note_found(session, row, update.actor)
        if report.is_repeated:
            return None
        order = KnownOrder.of(reported.row, report.items, report.parcels)
        update = carrier_reports.as_of_all_parcels(order, update)
        update = await carrier_reports.as_of_all_features(session, row, order, update)
    event = CarrierEventRow(
        carrier=carrier_code,
        event_id=update.event_id,
        tenant=row.tenant if row else None,
        order_id=row.order_id if row else None,
        received_at=received_at,
        body=keyring.seal(body, KeyPurpose.CARRIER_EVENTS, bound_to=f"{carrier_code}:{update.event_id}"),
        outcome=_outcome(row, last, update) if counts else "second_order",
    )
    if not await reported_orders.add_event(session, event):
        return None
    if order is None or row is None:
        await unordered_changes.note(session, carrier_code, update, at=said_at)
        return None
    if not counts:
        await _note_second_order(session, row, update)
        return None
    if row.timer_id is None:
        await contradictions.open_tasks(session, row, order, update, said_at=said_at, received_at=received_at)
        await carrier_reports.store(session, row, order, update, said_at=said_at, received_at=received_at)
    if event.outcome != "passed_on":
        return None
    # Event ids may be longer than action ids.
    action_id = f"carrier:{carrier_code}:{hashlib.sha256(update.event_id.encode()).hexdigest()[:22]}"
    return await enqueue(
        session,
        Message(
            action_id=action_id,
            ref=_order_ref(row),
            kind=MessageKind.SIGNAL,
            name=delivery.CARRIER_UPDATE,
            payload=update.for_workflow,
            workflow_id=_workflow_id(row),
        ),
        notify_relay=notify_relay,
    )


def _answer(update: CarrierUpdate) -> str | None:
    """A hash of what the carrier answers to a poll; None for what it reports itself."""
    return hashlib.sha256(to_json(update.items)).hexdigest() if update.channel is Channel.RECONCILER else None


async def _note_second_order(session: Session, row: CarrierOrderRow, update: CarrierUpdate) -> None:
    """The reconciler has the second order canceled, unless it does no harm.

    It can be one that was placed again, or that was canceled while the carrier had lost it.
    """
    carrier_ref = update.carrier_ref or row.carrier_ref
    if carrier_ref is not None and (row.canceled_while_lost or not row.repeatable):
        await second_orders.add(session, row, carrier_ref)


def _storable_id(event_id: str) -> str:
    """The carrier's id of the event, or its SHA-256 if it is longer than what is stored."""
    return event_id if len(event_id) <= MAX_EVENT_ID_LENGTH else hashlib.sha256(event_id.encode()).hexdigest()


async def _mask_order_secrets(
    session: Session, keyring: Keyring, order: OrderRow, update: CarrierUpdate, body: bytes
) -> tuple[CarrierUpdate, bytes]:
    """The update and its body with the mask in place of the order's secrets.

    Those of an order that has ended are deleted, so none can be found in a text: all texts are left out.
    """
    if order.closed_at is not None and secret_answers.asked_by(order_values.type_of(order)):
        update = replace(update, items=tuple(replace(item, code=None, detail=None) for item in update.items))
        return update, to_json(update)
    secrets = await secret_answers.all_opened(session, keyring, order)
    if not secrets:
        return update, body
    items = [
        replace(item, code=mask_values(item.code, secrets), detail=mask_values(item.detail, secrets))
        for item in update.items
    ]
    return replace(update, items=tuple(items)), json.dumps(mask_values(json.loads(body), secrets)).encode()


def _outcome(row: CarrierOrderRow | None, last: OutboxRow | None, update: CarrierUpdate) -> str:
    """`last` is the newest message about the submission."""
    if row is None:
        return "unknown_order"
    if not row.open:
        return "order_closed"
    item_updates = update.for_workflow.items
    if not item_updates:
        return "noted"
    if last is not None:
        known = last.payload["items"]
    else:
        known = [to_jsonable_python(ItemUpdate(item_id=item.item_id, state=ItemState.PLACED)) for item in item_updates]
    # One change at the carrier causes several events, and each signal adds ten events to the workflow's history: only
    # a change that the workflow acts on is signaled.
    changed = [_actionable(item) for item in known] != [_actionable(item) for item in to_jsonable_python(item_updates)]
    return "passed_on" if changed else "noted"


def _order_ref(row: CarrierOrderRow) -> OrderRef:
    return OrderRef(tenant=row.tenant, id=row.order_id)


def _workflow_id(row: CarrierOrderRow) -> str:
    """The workflow that made the request: the order's, or that of a line's timer."""
    if row.timer_id is None:
        return _order_ref(row).workflow_id
    return TimerRef(tenant=row.tenant, id=row.timer_id).workflow_id


def _actionable(item: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an item update that a workflow acts on."""
    started = item["state"] == ItemState.IN_FULFILLMENT
    state = ItemState.PLACED if started else item["state"]
    return {**item, "expected_at": None, "state": state}
