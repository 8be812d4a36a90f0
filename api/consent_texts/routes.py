"""The API of the texts that people agree to."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.consent_texts import operations
from api.consent_texts.schemas import ConsentTextIn, ConsentTextView
from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/consent-texts", tags=["attestations"], dependencies=[JsonOnly])
QuestionCode = Annotated[str, Path(max_length=64)]
TextVersion = Annotated[int | None, Query(ge=1, le=1_000_000, description="Default: the newest.")]
ReadAccess = Annotated[Access, Depends(Needs(Right.CONSENT_TEXT_READ))]
PublishAccess = Annotated[Access, Depends(Needs(Right.CONSENT_TEXT_PUBLISH))]


@router.get("/{question}", responses=error_responses(401, 404, 422, 503))
async def get_consent_text(
    question: QuestionCode, access: ReadAccess, services: ServicesDep, *, version: TextVersion = None
) -> ConsentTextView:
    """The text that people agree to with a question, such as `use_policy`."""
    return await operations.read(services, access, question, version)


@router.post("/{question}", status_code=201, responses=error_responses(401, 403, 404, 413, 415, 422, 503))
async def publish_consent_text(
    question: QuestionCode, body: ConsentTextIn, access: PublishAccess, services: ServicesDep
) -> ConsentTextView:
    """Publish the next version. Earlier versions, and what people have accepted, stay as they are."""
    return await operations.publish(services, access, question, body)
