"""The list of orders as a CSV file, with what it shows to the person."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.deps import ServicesDep
from api.http.csv_response import Columns, csv_of_list
from api.orders.order_filters import OrderFilterForm
from api.orders.order_list import list_orders
from api.orders.routes import ReadAccess
from api.orders.schemas import OrderSummary
from models.db import tenant_context

router = APIRouter(include_in_schema=False)
ORDERS: Columns[OrderSummary] = {
    "order": lambda order: order.number,
    "title": lambda order: order.title,
    "type": lambda order: order.type.code,
    "status": lambda order: order.status,
    "waits_for": lambda order: order.waits_for,
    "due_at": lambda order: order.due_at,
    "requester": lambda order: order.requester.name,
    "assigned_to": lambda order: order.beneficiary.name,
    "account": lambda order: order.account.number,
    "account_name": lambda order: order.account.name,
    "one_time": lambda order: order.one_time,
    "monthly": lambda order: order.monthly,
    "monthly_before": lambda order: order.monthly_before,
    "currency": lambda order: order.currency,
    "created_at": lambda order: order.created_at,
    "updated_at": lambda order: order.updated_at,
}


@router.get("/orders.csv")
async def export_orders(
    filters: Annotated[OrderFilterForm, Query()], access: ReadAccess, services: ServicesDep
) -> StreamingResponse:
    async with services.database.read() as session:
        tenant = await tenant_context.load(session, access.person, services.now())
    query = filters.query(tenant.time_zone)
    return await csv_of_list(partial(list_orders, services, access), query, ORDERS, "orders.csv")
