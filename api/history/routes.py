"""An order's whole history, for admins."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.deps import Access, Needs, ServicesDep
from api.history.audit_timeline import OrderHistory, order_history
from api.http.problems import documented
from api.orders.routes import Ref
from policies.access import Right

router = APIRouter(prefix="/orders/{ref}", tags=["orders"])


@router.get("/history", responses=documented(401, 403, 404, 503))
async def get_history(
    ref: Ref, access: Annotated[Access, Depends(Needs(Right.ORDER_HISTORY))], services: ServicesDep
) -> OrderHistory:
    """Audit trail, mails, messages and workflow history in one line of time, with attempts and last failures."""
    return await order_history(services, access, ref)
