"""Comparing what carriers report with the inventory."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse

from api.deps import Access, Needs, ServicesDep
from api.http.csv_response import csv_response
from api.http.headers import JsonOnly
from api.http.paging import CursorPage
from api.http.problems import error_responses
from api.http.uploads import MAX_UPLOAD_BYTES, FileName
from api.reconciliations import operations
from api.reconciliations.schemas import (
    AcceptedView,
    DifferenceQuery,
    DifferenceView,
    DriftView,
    FixIn,
    FixOrderView,
    ReconciliationDetails,
    ReconciliationQuery,
    ReconciliationView,
    RunDifferenceQuery,
)
from models import csv_file
from models.carrier_report import CARRIER_REPORT
from policies.access import Right

router = APIRouter(tags=["reconciliation"])
ReconciliationReadAccess = Annotated[Access, Depends(Needs(Right.RECONCILIATION_READ))]
ReconciliationRunAccess = Annotated[Access, Depends(Needs(Right.RECONCILIATION_RUN))]
RunNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
DifferenceId = Annotated[str, Path(max_length=40)]


@router.get("/reconciliations", responses=error_responses(401, 403, 422, 503))
async def get_reconciliations(
    query: Annotated[ReconciliationQuery, Query()], access: ReconciliationReadAccess, services: ServicesDep
) -> list[ReconciliationView]:
    """The reports that were compared, newest first."""
    return await operations.list_runs(services, access, query)


@router.post(
    "/reconciliations",
    status_code=201,
    max_body_size=MAX_UPLOAD_BYTES,
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
    responses=error_responses(401, 403, 413, 422, 503),
)
async def compare_report(
    request: Request,
    access: ReconciliationRunAccess,
    services: ServicesDep,
    carrier: Annotated[str, Query(max_length=64, description="Code of the carrier.")],
    *,
    file_name: FileName = "report.csv",
) -> ReconciliationDetails:
    """Compare a carrier's report, which is the body, with the inventory. No line changes, and none is ever ended."""
    return await operations.compare(services, access, carrier, file_name, await request.body())


@router.get("/reconciliations/example", response_class=StreamingResponse, responses=error_responses(401, 403))
async def get_report_example(_: ReconciliationReadAccess) -> StreamingResponse:
    """A report with one line. Only the account number and the phone number are required."""
    return csv_response(csv_file.write((CARRIER_REPORT.header, CARRIER_REPORT.example)), "carrier-report-example.csv")


@router.get("/reconciliations/{number}", responses=error_responses(401, 403, 404, 422, 503))
async def get_reconciliation(
    number: RunNumber, access: ReconciliationReadAccess, services: ServicesDep
) -> ReconciliationDetails:
    return await operations.get(services, access, number)


@router.get("/reconciliations/{number}/differences", responses=error_responses(401, 403, 404, 422, 503))
async def get_reconciliation_differences(
    number: RunNumber,
    query: Annotated[RunDifferenceQuery, Query()],
    access: ReconciliationReadAccess,
    services: ServicesDep,
) -> CursorPage[DifferenceView]:
    """What differed when a report was compared."""
    return await operations.differences_of(services, access, number, query)


@router.get("/differences", responses=error_responses(401, 403, 422, 503))
async def get_differences(
    query: Annotated[DifferenceQuery, Query()], access: ReconciliationReadAccess, services: ServicesDep
) -> CursorPage[DifferenceView]:
    """What differs now: what the latest report about each billing account showed."""
    return await operations.open_differences(services, access, query)


@router.get("/drift", responses=error_responses(401, 403, 503))
async def get_drift(access: ReconciliationReadAccess, services: ServicesDep) -> list[DriftView]:
    """How much differs now, by billing account, kind and age."""
    return await operations.drift(services, access)


@router.post(
    "/differences/{difference_id}/order",
    dependencies=[JsonOnly],
    responses=error_responses(401, 403, 404, 409, 413, 415, 422, 503),
)
async def order_fix(
    difference_id: DifferenceId, body: FixIn, access: ReconciliationRunAccess, services: ServicesDep
) -> FixOrderView:
    """Start the order that makes the line what one side has. You review and submit it."""
    return await operations.order_fix(services, access, difference_id, body)


@router.post(
    "/differences/{difference_id}/accept",
    dependencies=[JsonOnly],
    responses=error_responses(401, 403, 404, 409, 415, 422, 503),
)
async def accept_difference(
    difference_id: DifferenceId, access: ReconciliationRunAccess, services: ServicesDep
) -> AcceptedView:
    """Take over into the inventory what the carrier has, without an order. It is an import, and undone like one."""
    return await operations.accept(services, access, difference_id)
