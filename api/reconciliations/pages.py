from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.http.paging import download_url, next_page_url
from api.http.uploads import MAX_FILE_NAME, MAX_UPLOAD_BYTES
from api.reconciliations import operations
from api.reconciliations.routes import (
    DifferenceId,
    ReconciliationReadAccess,
    ReconciliationRunAccess,
    RunNumber,
)
from api.reconciliations.schemas import DifferenceQuery, FixIn, ReconciliationQuery, RunDifferenceQuery, Side
from models.carrier_report import DifferenceKind, DifferenceSource
from models.errors import ActionNotAllowed, DraftExists, InvalidRequest
from policies.access import Right

PREFIX = "/admin/reconciliation"
router = APIRouter(include_in_schema=False, prefix=PREFIX)
KINDS = {
    DifferenceKind.CARRIER_ONLY: "Only at the carrier",
    DifferenceKind.OURS_ONLY: "Only in the inventory",
    DifferenceKind.STATUS: "Status",
    DifferenceKind.ACCOUNT: "Billing account",
    DifferenceKind.PLAN: "Plan",
    DifferenceKind.FEATURES: "Features",
    DifferenceKind.NUMBER: "Phone number",
    DifferenceKind.SIM: "SIM number",
    DifferenceKind.DEVICE: "Device ID",
}


SOURCES = {
    DifferenceSource.REPORT: "Shown by a report",
    DifferenceSource.EVENT: "Changed by the carrier without an order",
}


@router.get("")
async def show_drift(request: Request, access: ReconciliationReadAccess, services: ServicesDep) -> Response:
    return await _overview(request, services, access)


@router.post("", max_body_size=MAX_UPLOAD_BYTES)
async def compare_report(
    request: Request,
    access: ReconciliationRunAccess,
    services: ServicesDep,
    *,
    carrier: Annotated[str, Form(max_length=64)] = "",
    file: UploadFile | None = None,
) -> Response:
    if file is None or not file.filename:
        return await _overview(request, services, access, carrier=carrier, error=("file", "Choose a file."))
    name = file.filename[-MAX_FILE_NAME:]
    try:
        run = await operations.compare(services, access, carrier, name, await file.read())
    except InvalidRequest as error:
        return await _overview(request, services, access, carrier=carrier, error=(error.field or "file", error.detail))
    return RedirectResponse(f"{PREFIX}/{run.number}", status_code=303)


@router.get("/differences")
async def show_differences(
    request: Request,
    query: Annotated[DifferenceQuery, Query()],
    access: ReconciliationReadAccess,
    services: ServicesDep,
) -> Response:
    """What differs now."""
    found = await operations.open_differences(services, access, query)
    context = {
        "found": found.items,
        "query": query,
        "sources": _sources(request, query),
        "next_page": next_page_url(request, found.next_cursor),
        "download": download_url(request),
    }
    return await _render(request, services, access, "differences.html", context)


@router.post("/differences/{difference_id}/order")
async def order_fix(
    difference_id: DifferenceId,
    request: Request,
    access: ReconciliationRunAccess,
    services: ServicesDep,
    *,
    side: Annotated[Side, Form()] = Side.THEIRS,
    replace_draft: Annotated[bool, Form()] = False,
) -> Response:
    """Save the draft and continue with its form."""
    try:
        body = FixIn(side=side, replace_draft=replace_draft)
        fix = await operations.order_fix(services, access, difference_id, body)
    except (ActionNotAllowed, DraftExists) as error:
        context = {"says": error.detail, "can_replace": isinstance(error, DraftExists), "difference_id": difference_id}
        context["side"] = side
        context["title"] = "Not ordered"
        return await _render(request, services, access, "refused.html", context, status_code=error.status)
    return RedirectResponse(fix.continue_at, status_code=303)


@router.post("/differences/{difference_id}/accept")
async def accept_difference(
    difference_id: DifferenceId, request: Request, access: ReconciliationRunAccess, services: ServicesDep
) -> Response:
    """Change the line, and show the import that did, by which it is undone."""
    try:
        accepted = await operations.accept(services, access, difference_id)
    except ActionNotAllowed as error:
        context = {"says": error.detail, "title": "Not accepted", "can_replace": False}
        return await _render(request, services, access, "refused.html", context, status_code=error.status)
    return RedirectResponse(f"/admin/imports/{accepted.import_number}", status_code=303)


@router.get("/{number}")
async def show_run(
    number: RunNumber,
    request: Request,
    query: Annotated[RunDifferenceQuery, Query()],
    access: ReconciliationReadAccess,
    services: ServicesDep,
) -> Response:
    found = await operations.differences_of(services, access, number, query)
    run = await operations.get(services, access, number)
    context = {
        "run": run,
        "found": found.items,
        "query": query,
        "next_page": next_page_url(request, found.next_cursor),
    }
    return await _render(request, services, access, "run.html", context)


def _sources(request: Request, query: DifferenceQuery) -> list[tuple[str, str, bool]]:
    """Label and link of each source with the other filters, and whether it is chosen."""
    every = request.url.remove_query_params(["source", "cursor"])
    chosen = ((label, every.include_query_params(source=source), source) for source, label in SOURCES.items())
    return [
        (label, f"{url.path}?{url.query}", query.source is source)
        for label, url, source in (("All", every, None), *chosen)
    ]


async def _overview(
    request: Request, services: Services, access: Access, *, carrier: str = "", error: tuple[str, str] | None = None
) -> Response:
    drift = await operations.drift(services, access)
    context = {
        "drift": [(key, list(some)) for key, some in groupby(drift, key=lambda one: (one.carrier, one.account))],
        "runs": await operations.list_runs(services, access, ReconciliationQuery()),
        "carrier": carrier,
        "error": error,
    }
    return await _render(request, services, access, "overview.html", context, status_code=422 if error else 200)


async def _render(
    request: Request,
    services: Services,
    access: Access,
    template: str,
    context: dict[str, Any],
    *,
    status_code: int = 200,
) -> Response:
    shared = {
        "names": services.carrier_names,
        "kinds": KINDS,
        "can_run": access.is_allowed(Right.RECONCILIATION_RUN),
    }
    return await render_page(
        request, services, access, f"reconciliations/{template}", context | shared, status_code=status_code
    )
