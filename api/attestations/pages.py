from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.attestations import operations
from api.attestations.routes import GiveAccess, ListAccess
from api.attestations.schemas import AcceptIn
from api.deps import ServicesDep
from api.http.layout import render_page

router = APIRouter(include_in_schema=False, prefix="/attestations")


@router.get("")
async def show_attestations(
    request: Request, access: ListAccess, services: ServicesDep, *, done: Annotated[bool, Query()] = False
) -> Response:
    """`done`: the person has just accepted something."""
    context = {"attestations": await operations.list_own(services, access), "done": done}
    return await render_page(request, services, access, "attestations/list.html", context)


@router.post("")
async def accept(
    access: GiveAccess,
    services: ServicesDep,
    *,
    question: Annotated[str, Form(max_length=64)],
    version: Annotated[int, Form(ge=0, le=1_000_000)],
) -> Response:
    await operations.accept(services, access, AcceptIn(question=question, version=version))
    return RedirectResponse("/attestations?done=true", status_code=303)
