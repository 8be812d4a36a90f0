from typing import Annotated

from fastapi import APIRouter, Depends

from api.deps import Access, Needs, ServicesDep
from api.history.operations import order_history
from api.history.schemas import OrderHistory
from api.http.problems import error_responses
from api.orders.routes import Ref
from policies.access import Right

router = APIRouter(prefix="/orders/{ref}", tags=["orders"])
HistoryAccess = Annotated[Access, Depends(Needs(Right.ORDER_HISTORY))]


@router.get("/history", responses=error_responses(401, 403, 404, 503))
async def get_history(ref: Ref, access: HistoryAccess, services: ServicesDep) -> OrderHistory:
    """Events, emails, messages and the workflow's history, sorted by time, with attempts and latest failures."""
    return await order_history(services, access, ref)
