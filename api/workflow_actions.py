"""Actions sent to workflows through the outbox, once for each Idempotency-Key."""

from pydantic_core import to_jsonable_python

from api.deps import Access, Services
from api.http.schemas import fingerprint
from models.db.outbox import delivery, messages
from models.db.outbox.messages import Message
from models.db.outbox.tables import OutboxRow
from models.db.session import Session, new_id
from models.errors import IdempotencyKeyReused, error_from_code
from models.lifecycle import Action
from models.task_action import TaskAction
from outbox.dispatcher import DeliveryResult


def action_id(access: Access, target_id: str, action: Action | TaskAction, key: str | None) -> str:
    """A new ID, or the same one for every request with this person, target, action and key."""
    person = access.person
    return fingerprint([person.tenant, person.id, target_id, action, key]) if key is not None else new_id()


async def enqueue(session: Session, message: Message) -> OutboxRow | None:
    """None if the message was sent before. Raises IdempotencyKeyReused if it had another payload."""
    if written := await messages.enqueue(session, message):
        return written
    known = await delivery.find(session, message.action_id)
    if known is None or known.payload != to_jsonable_python(message.payload):
        raise IdempotencyKeyReused("This Idempotency-Key was used for a different request. Use a new key.")
    return None


async def deliver(services: Services, action_id: str, written: OutboxRow | None) -> DeliveryResult:
    """`done`, or `waiting` for a retry. Raises the error with which the workflow rejects the action."""
    result = await services.dispatcher.deliver(action_id, written)
    if result.state in {"rejected", "dead"}:
        raise error_from_code(result.code, result.detail)
    return result
