"""The texts that people agree to with an order."""

from api.consent_texts.schemas import ConsentTextIn, ConsentTextView
from api.deps import Access, Services
from models import questions
from models.audit import AuditAction
from models.db.attestations import consent_texts
from models.db.audit import audit_log
from models.db.session import Session
from models.errors import NotFound


async def read(services: Services, access: Access, question: str, version: int | None) -> ConsentTextView:
    """One version, or the newest. Raises NotFound."""
    async with services.database.read() as session:
        row = await consent_texts.find(session, access.person.tenant, question, version)
    if row is None:
        raise NotFound("There's no such text.")
    return ConsentTextView.model_validate(row)


async def publish(services: Services, access: Access, question: str, body: ConsentTextIn) -> ConsentTextView:
    """Raises NotFound for what is no consent with a text."""
    if question not in questions.with_text():
        raise NotFound("There's no such text.")
    return await services.database.run(_publish, services, access, question, body)


async def _publish(
    session: Session, services: Services, access: Access, question: str, body: ConsentTextIn
) -> ConsentTextView:
    tenant, at = access.person.tenant, services.now()
    row = await consent_texts.publish(session, tenant, question, body.title, body.text, at)
    done, by = AuditAction.CONSENT_TEXT_PUBLISHED, access.audit_actor
    await audit_log.record(session, done, by=by, to=access.person, at=at, question=question, version=row.version)
    return ConsentTextView.model_validate(row)
