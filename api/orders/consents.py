"""What people agree to with a new order: the requester now, others once it is approved."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from api.orders.schemas import OrderIn
from models.attestation import AttestationChannel
from models.db.attestations import attestations, consent_texts
from models.db.attestations.tables import AttestationRow
from models.db.session import Session
from models.errors import FieldError, OrderRejected
from models.order import Channel
from outbox import new_orders
from outbox.new_orders import Evaluation
from policies.attestations import consents

_CHANNELS: Mapping[Channel, AttestationChannel] = MappingProxyType(
    {Channel.PORTAL: AttestationChannel.FORM, Channel.API: AttestationChannel.API}
)
_UNKNOWN = "There's no such version of this text. Read the current one and send its version."


async def attestation_rows(  # noqa: PLR0917 - what, by which way, when
    session: Session, evaluation: Evaluation, body: OrderIn, channel: Channel, order_id: str, at: datetime
) -> list[AttestationRow]:
    """The order's attestations. Raises OrderRejected for a version that the requester can't have read."""
    found = list(consents(evaluation.facts))
    given = {one.question.code: body.text_versions.get(one.question.code) for one in found if one.given}
    texts = await consent_texts.shown(session, evaluation.request.tenant, given)
    errors = [
        FieldError(code="TEXT_VERSION_UNKNOWN", field=f"text_versions.{question}", detail=_UNKNOWN)
        for question, version in body.text_versions.items()
        if question not in texts or texts[question].version != version
    ]
    if errors:
        raise OrderRejected(_UNKNOWN, errors=errors)
    rows = [new_orders.attestation_row(one, evaluation.request.tenant, order_id) for one in found]
    for one, row in zip(found, rows, strict=True):
        before = evaluation.facts.accepted.get(one.question.code)
        if one.given and before is not None:
            attestations.give_again(row, before)
        elif one.given:
            row.version = texts[one.question.code].version if one.question.code in texts else 0
            attestations.give(row, at=at, channel=_CHANNELS[channel], by=one.person_id)
    return rows
