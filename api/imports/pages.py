from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from api.deps import Access, Services, ServicesDep
from api.http.csv_response import csv_response
from api.http.layout import render_page
from api.http.uploads import MAX_FILE_NAME, MAX_UPLOAD_BYTES
from api.imports import operations
from api.imports.routes import (
    ImportApplyAccess,
    ImportCheckAccess,
    ImportNumber,
    ImportReadAccess,
    KindCode,
)
from api.imports.schemas import ImportQuery, ImportRowQuery
from models.errors import ActionNotAllowed, ImportStale, InvalidRequest, NotFound
from models.imports.kind import import_kinds
from models.imports.plan import RowOutcome
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/admin/imports")
ROWS_PER_PAGE = 100


@router.get("")
async def show_imports(request: Request, access: ImportReadAccess, services: ServicesDep) -> Response:
    return await _list(request, services, access)


@router.post("", max_body_size=MAX_UPLOAD_BYTES)
async def check_file(
    request: Request,
    access: ImportCheckAccess,
    services: ServicesDep,
    *,
    kind: Annotated[str, Form(max_length=64)] = "",
    file: UploadFile | None = None,
) -> Response:
    if file is None or not file.filename:
        return await _list(request, services, access, kind=kind, error=("file", "Choose a file."))
    name = file.filename[-MAX_FILE_NAME:]
    try:
        checked = await operations.check(services, access, operations.kind_of(kind), name, await file.read())
    except (InvalidRequest, NotFound) as error:
        return await _list(request, services, access, kind=kind, error=(error.field or "file", error.detail))
    return RedirectResponse(f"/admin/imports/{checked.number}", status_code=303)


@router.post("/kinds/{kind}/export")
async def export(kind: KindCode, access: ImportReadAccess, services: ServicesDep) -> Response:
    lines = await operations.export(services, access, operations.kind_of(kind))
    return csv_response(lines, f"{kind}.csv")


@router.get("/{number}")
async def show_import(
    number: ImportNumber,
    request: Request,
    query: Annotated[ImportRowQuery, Query()],
    access: ImportReadAccess,
    services: ServicesDep,
) -> Response:
    return await _page(request, services, access, number, query=query)


@router.post("/{number}/apply")
async def apply(
    number: ImportNumber,
    request: Request,
    access: ImportApplyAccess,
    services: ServicesDep,
    *,
    digest: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    try:
        await operations.apply(services, access, number, digest)
    except (ActionNotAllowed, ImportStale) as error:
        return await _page(request, services, access, number, error=error.detail)
    return RedirectResponse(f"/admin/imports/{number}", status_code=303)


@router.post("/{number}/undo")
async def undo(number: ImportNumber, request: Request, access: ImportApplyAccess, services: ServicesDep) -> Response:
    try:
        await operations.undo(services, access, number)
    except ActionNotAllowed as error:
        return await _page(request, services, access, number, error=error.detail)
    return RedirectResponse(f"/admin/imports/{number}", status_code=303)


async def _list(
    request: Request, services: Services, access: Access, *, kind: str = "", error: tuple[str, str] | None = None
) -> Response:
    context = {
        "kinds": import_kinds(),
        "kind_options": [("", "Choose"), *((code, one.title) for code, one in import_kinds().items())],
        "imports": await operations.list_imports(services, access, ImportQuery()),
        "can_check": access.is_allowed(Right.IMPORT_CHECK),
        "kind": kind,
        "error": error,
    }
    status = 422 if error else 200
    return await render_page(request, services, access, "imports/list.html", context, status_code=status)


async def _page(
    request: Request,
    services: Services,
    access: Access,
    number: int,
    *,
    query: ImportRowQuery | None = None,
    error: str = "",
) -> Response:
    shown = (query or ImportRowQuery()).model_copy(update={"limit": ROWS_PER_PAGE + 1})
    done = await operations.get(services, access, number)
    rows = await operations.rows(services, access, number, shown)
    context = {
        "done": done,
        "kind": import_kinds()[done.kind],
        "rows": rows[:ROWS_PER_PAGE],
        "outcome": shown.outcome,
        "outcomes": [outcome for outcome in RowOutcome if done.counts.get(outcome)],
        "unchanged": RowOutcome.UNCHANGED,
        "next_after": rows[ROWS_PER_PAGE - 1].row if len(rows) > ROWS_PER_PAGE else None,
        "can_apply": access.is_allowed(Right.IMPORT_APPLY),
        "error": error,
    }
    status = 409 if error else 200
    return await render_page(request, services, access, "imports/import.html", context, status_code=status)
