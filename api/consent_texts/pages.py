"""The pages of the texts that people agree to."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.consent_texts import operations
from api.consent_texts.routes import PublishAccess, QuestionCode, ReadAccess, TextVersion
from api.consent_texts.schemas import MAX_TEXT, ConsentTextIn
from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/consent-texts")
_SENTENCES = {"title": "Enter 3 to 120 characters.", "text": f"Enter 3 to {MAX_TEXT:,} characters."}


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
    context = {"text": text, "can_publish": access.is_allowed(Right.CONSENT_TEXT_PUBLISH)}
    return await render_page(request, services, access, "consent_texts/text.html", context)


@router.get("/{question}/new-version")
async def show_form(question: QuestionCode, request: Request, access: PublishAccess, services: ServicesDep) -> Response:
    newest = await operations.read(services, access, question, None)
    return await _form(request, services, access, question=question, form={"title": newest.title, "text": newest.text})


@router.post("/{question}/new-version")
async def publish_text(
    question: QuestionCode,
    request: Request,
    access: PublishAccess,
    services: ServicesDep,
    *,
    title: Annotated[str, Form(max_length=500)] = "",
    text: Annotated[str, Form(max_length=2 * MAX_TEXT)] = "",
) -> Response:
    try:
        body = ConsentTextIn(title=title, text=text.replace("\r\n", "\n"))
    except ValidationError as error:
        errors = {str(one["loc"][0]): _SENTENCES[str(one["loc"][0])] for one in error.errors()}
        return await _form(
            request, services, access, question=question, form={"title": title, "text": text}, errors=errors
        )
    await operations.publish(services, access, question, body)
    return RedirectResponse(f"/consent-texts/{question}", status_code=303)


async def _form(
    request: Request,
    services: Services,
    access: Access,
    *,
    question: str,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
) -> Response:
    context = {"question": question, "form": form, "errors": errors or {}, "longest": MAX_TEXT}
    status_code = 422 if errors else 200
    return await render_page(
        request, services, access, "consent_texts/new_version.html", context, status_code=status_code
    )
