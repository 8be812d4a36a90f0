"""Import and export of files."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse

from api.deps import Access, Needs, ServicesDep
from api.http.csv_response import csv_response
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from api.http.uploads import MAX_UPLOAD_BYTES, FileName
from api.imports import operations
from api.imports.schemas import (
    ImportApplyIn,
    ImportKindView,
    ImportQuery,
    ImportRowQuery,
    ImportRowView,
    ImportView,
)
from models.imports.kind import import_kinds
from policies.access import Right

router = APIRouter(tags=["imports"])
ImportReadAccess = Annotated[Access, Depends(Needs(Right.IMPORT_READ))]
ImportCheckAccess = Annotated[Access, Depends(Needs(Right.IMPORT_CHECK))]
ImportApplyAccess = Annotated[Access, Depends(Needs(Right.IMPORT_APPLY))]
ImportNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
KindCode = Annotated[str, Path(max_length=64)]
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}


@router.get("/import-kinds", responses=error_responses(401, 403, 503))
async def get_import_kinds(_: ImportReadAccess) -> list[ImportKindView]:
    """The kinds of files with their columns, in the order in which a company imports them."""
    return [ImportKindView.model_validate(kind) for kind in import_kinds().values()]


@router.get(
    "/import-kinds/{kind}/example", response_class=StreamingResponse, responses=CSV | error_responses(401, 403, 404)
)
async def get_import_example(kind: KindCode, _: ImportReadAccess) -> StreamingResponse:
    """A file of this kind with one row."""
    return csv_response(operations.example(operations.kind_of(kind)), f"{kind}-example.csv")


@router.post(
    "/import-kinds/{kind}/export",
    dependencies=[JsonOnly],
    response_class=StreamingResponse,
    responses=CSV | error_responses(401, 403, 404, 415, 503),
)
async def get_export(kind: KindCode, access: ImportReadAccess, services: ServicesDep) -> StreamingResponse:
    """Everything of this kind. Importing the file changes nothing. The export is saved to the audit log."""
    return csv_response(await operations.export(services, access, operations.kind_of(kind)), f"{kind}.csv")


@router.get("/imports", responses=error_responses(401, 403, 422, 503))
async def get_imports(
    query: Annotated[ImportQuery, Query()], access: ImportReadAccess, services: ServicesDep
) -> list[ImportView]:
    """The files that were checked, newest first."""
    return await operations.list_imports(services, access, query)


@router.post(
    "/imports",
    status_code=201,
    max_body_size=MAX_UPLOAD_BYTES,
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
    responses=error_responses(401, 403, 404, 413, 422, 503),
)
async def check_import(
    request: Request,
    access: ImportCheckAccess,
    services: ServicesDep,
    kind: Annotated[str, Query(max_length=64, description="Code of the kind of file.")],
    *,
    file_name: FileName = "upload.csv",
) -> ImportView:
    """Check a file, which is the body. Nothing changes until you apply it."""
    return await operations.check(services, access, operations.kind_of(kind), file_name, await request.body())


@router.get("/imports/{number}", responses=error_responses(401, 403, 404, 422, 503))
async def get_import(number: ImportNumber, access: ImportReadAccess, services: ServicesDep) -> ImportView:
    return await operations.get(services, access, number)


@router.get("/imports/{number}/rows", responses=error_responses(401, 403, 404, 422, 503))
async def get_import_rows(
    number: ImportNumber, query: Annotated[ImportRowQuery, Query()], access: ImportReadAccess, services: ServicesDep
) -> list[ImportRowView]:
    """What each row of the file changes, or why it isn't imported. Rows that change nothing are left out."""
    return await operations.rows(services, access, number, query)


@router.post(
    "/imports/{number}/apply",
    dependencies=[JsonOnly],
    responses=error_responses(401, 403, 404, 409, 413, 415, 422, 503),
)
async def apply_import(
    number: ImportNumber, body: ImportApplyIn, access: ImportApplyAccess, services: ServicesDep
) -> ImportView:
    """Import the rows that are right, all together. If they would no longer do what you were shown, nothing changes."""
    return await operations.apply(services, access, number, body.digest)


@router.post(
    "/imports/{number}/undo", dependencies=[JsonOnly], responses=error_responses(401, 403, 404, 409, 415, 422, 503)
)
async def undo_import(number: ImportNumber, access: ImportApplyAccess, services: ServicesDep) -> ImportView:
    """Remove what an import brought, and change back what it changed, while nothing was ordered on it or changed."""
    return await operations.undo(services, access, number)
