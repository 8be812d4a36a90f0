"""What differs now as a CSV file."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.deps import ServicesDep
from api.http.csv_response import Columns, csv_of_list
from api.reconciliations import operations
from api.reconciliations.routes import ReconciliationReadAccess
from api.reconciliations.schemas import DifferenceQuery, DifferenceView
from models import formatting

router = APIRouter(include_in_schema=False)
DIFFERENCES: Columns[DifferenceView] = {
    "phone_number": lambda one: formatting.phone_number(one.mdn),
    "carrier": lambda one: one.carrier,
    "carrier_account": lambda one: one.account,
    "what_differs": lambda one: one.kind,
    "inventory": lambda one: " | ".join(one.ours),
    "at_carrier": lambda one: " | ".join(one.theirs),
    "first_seen_at": lambda one: one.first_seen_at,
    "changed_by_carrier_at": lambda one: one.event_at,
}


@router.get("/differences.csv")
async def export_differences(
    query: Annotated[DifferenceQuery, Query()], access: ReconciliationReadAccess, services: ServicesDep
) -> StreamingResponse:
    list_page = partial(operations.open_differences, services, access)
    return await csv_of_list(list_page, query, DIFFERENCES, "differences.csv")
