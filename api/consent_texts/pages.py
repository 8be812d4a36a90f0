from fastapi import APIRouter, Request, Response

from api.consent_texts import operations
from api.consent_texts.routes import QuestionCode, ReadAccess, TextVersion
from api.deps import ServicesDep
from api.http.layout import render_page

router = APIRouter(include_in_schema=False, prefix="/consent-texts")


@router.get("/{question}")
async def show_consent_text(
    question: QuestionCode,
    request: Request,
    access: ReadAccess,
    services: ServicesDep,
    *,
    version: TextVersion = None,
) -> Response:
    text = await operations.read(services, access, question, version)
    return await render_page(request, services, access, "consent_texts/text.html", {"text": text})
