"""Orders that Dialtone opens itself, because another order needs them."""

from collections.abc import Collection
from dataclasses import replace

from models.db.encryption import Keyring
from models.db.facts.base import for_request
from models.db.session import Session, new_id
from models.errors import OrderRejected
from models.order import SYSTEM, NewOrderRequest
from models.order_type import OrderType
from models.returns import WantedReturn
from outbox import new_orders
from outbox.new_orders import Submission
from policies import eligibility
from policies.answers import resolve_answers


async def open_return(
    keyring: Keyring, order_types: Collection[OrderType], session: Session, wanted: WantedReturn
) -> None:
    """Submit the order that returns a device, as its requester would. Raises OrderRejected, DeviceReserved."""
    kind = next(kind for kind in order_types if kind.returns)
    request = NewOrderRequest(
        tenant=wanted.tenant,
        type=kind,
        requester_id=wanted.requester_id,
        beneficiary=None,
        answers=wanted.answers,
        items=({},),
    )
    loaded = await for_request(session, request, needs=eligibility.needs(kind))
    evaluation = new_orders.rule(request, replace(loaded, answers=resolve_answers(request, loaded)))
    if evaluation.ruling.errors:
        raise OrderRejected(evaluation.ruling.errors[0].detail, errors=evaluation.ruling.errors)
    submission = Submission(
        order_id=new_id(),
        at=wanted.at,
        actor=SYSTEM,
        parent_id=wanted.parent_id,
        cause=wanted.cause,
        carrier=wanted.carrier,
    )
    await new_orders.write(session, keyring, evaluation, submission)
