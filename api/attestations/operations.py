"""What the caller is asked to agree to, and agreeing to it."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from api.attestations.schemas import AcceptIn, AcceptResult, AttestedOrder, OpenAttestation
from api.deps import Access, Services
from models import formatting, questions
from models.attestation import AttestationChannel
from models.db import attestation_events
from models.db.attestations import attestations, consent_texts
from models.db.attestations.attestations import OfOrder
from models.db.attestations.tables import AttestationRow
from models.db.session import Session
from models.errors import ActionNotAllowed
from models.order import Channel

_CHANNELS: Mapping[Channel, AttestationChannel] = MappingProxyType(
    {Channel.PORTAL: AttestationChannel.PAGE, Channel.API: AttestationChannel.API}
)


async def list_own(services: Services, access: Access) -> list[OpenAttestation]:
    """What the caller is asked to agree to; orders with the same version of a text are one entry."""
    async with services.database.read() as session:
        asked = await attestations.asked_of(session, access.person.tenant, access.person.id)
        by_text = groupby(sorted(asked, key=lambda one: _text(one.row)), key=lambda one: _text(one.row))
        return [await _open(session, [*same]) for _, same in by_text]


async def accept(services: Services, access: Access, body: AcceptIn) -> AcceptResult:
    """Agree to one version of a text, for every order that asks for it.

    Raises ActionNotAllowed if the caller isn't asked, and hasn't agreed to it before.
    """
    accepted = await services.database.run(_accept, services, access, body)
    return AcceptResult(question=body.question, version=body.version, orders=accepted)


async def _accept(session: Session, services: Services, access: Access, body: AcceptIn) -> list[str]:
    person, wanted = access.person, (body.question, body.version)
    asked = await attestations.asked_of(session, person.tenant, person.id)
    same = sorted((one for one in asked if _text(one.row) == wanted), key=lambda one: one.row.order_id)
    if not same and not await attestations.given(session, person.tenant, person.id, body.question, body.version):
        raise ActionNotAllowed("You aren't asked to accept this.")
    channel, at = _CHANNELS[access.caller.channel], services.now()
    return [
        one.number
        for one in same
        if await attestation_events.accept(session, one.row, actor=access.actor, channel=channel, at=at)
    ]


def _text(row: AttestationRow) -> tuple[str, int]:
    """The question and the version of its text; who is asked is asked for one."""
    return row.question, row.version or 0


async def _open(session: Session, same: Sequence[OfOrder]) -> OpenAttestation:
    row, question = same[0].row, questions.find(same[0].row.question)
    text = await consent_texts.find(session, row.tenant, row.question, row.version) if row.version else None
    return OpenAttestation(
        question=row.question,
        version=row.version or 0,
        agrees_to=question.agrees_to,
        title=text.title if text else question.label,
        sentence=row.sentence,
        text=text.text if text else None,
        asked_at=min(one.row.asked_at for one in same if one.row.asked_at),
        orders=[AttestedOrder(number=one.number, title=formatting.order_title(one.title)) for one in same],
    )
