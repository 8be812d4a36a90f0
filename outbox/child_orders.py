"""Orders that Dialtone opens itself, because another order or a person's leaving needs them."""

from collections.abc import Collection
from dataclasses import replace

from models.db.attestations import attestations
from models.db.encryption import Keyring
from models.db.facts.base import for_request
from models.db.session import Session, new_id
from models.errors import OrderRejected
from models.order import SYSTEM, NewOrderRequest, Order
from models.order_type import OrderType
from models.returns import WantedReturn
from outbox import new_orders
from outbox.new_orders import Submission
from policies import eligibility
from policies.answers import resolve_answers
from policies.attestations import consents


async def open_return(
    keyring: Keyring, order_types: Collection[OrderType], session: Session, wanted: WantedReturn
) -> None:
    """Submit the order that returns a device, as its requester would. Raises OrderRejected, DeviceReserved."""
    request = NewOrderRequest(
        tenant=wanted.tenant,
        type=next(kind for kind in order_types if kind.returns),
        requester_id=wanted.requester_id,
        beneficiary=None,
        answers=wanted.answers,
        items=({},),
    )
    submission = Submission(
        order_id=new_id(),
        at=wanted.at,
        actor=SYSTEM,
        parent_id=wanted.parent_id,
        cause=wanted.cause,
        carrier=wanted.carrier,
    )
    await submit(keyring, session, request, submission)


async def submit(keyring: Keyring, session: Session, request: NewOrderRequest, submission: Submission) -> Order:
    """Submit an order as its requester would. Raises OrderRejected, LineHasOpenOrder, DeviceReserved."""
    loaded = await for_request(session, request, needs=eligibility.needs(request.type))
    evaluation = new_orders.rule(request, replace(loaded, answers=resolve_answers(request, loaded)))
    if evaluation.ruling.errors:
        raise OrderRejected(evaluation.ruling.errors[0].detail, errors=evaluation.ruling.errors)
    order = (await new_orders.write(session, keyring, evaluation, submission, notify_relay=True)).order
    waiting = [one for one in consents(evaluation.facts) if not one.given]
    rows = [new_orders.attestation_row(one, request.tenant, submission.order_id) for one in waiting]
    await attestations.add(session, rows)
    return order
