"""The order types API."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.deps import Access, Needs, Services, ServicesDep
from api.http.problems import error_responses
from api.order_types.schema import TypeForm, TypeSummary, form, type_summary
from models.errors import NotFound
from models.order_type import OrderType
from policies.access import Right

router = APIRouter(prefix="/order-types", tags=["order types"])
ReadAccess = Annotated[Access, Depends(Needs(Right.TYPE_READ))]


@router.get("", responses=error_responses(401, 503))
async def get_order_types(_: ReadAccess, services: ServicesDep) -> list[TypeSummary]:
    """All order types."""
    return [type_summary(services.order_types[code]) for code in sorted(services.order_types)]


@router.get("/{code}", responses=error_responses(401, 404, 503))
async def get_order_type(code: Annotated[str, Path(max_length=64)], _: ReadAccess, services: ServicesDep) -> TypeForm:
    """One order type: the JSON Schema of its order body, the sources of its defaults, and an example."""
    return form(find_order_type(services, code))


def find_order_type(services: Services, code: str) -> OrderType:
    """Raises NotFound."""
    if code not in services.order_types:
        raise NotFound("No order type has this code.")
    return services.order_types[code]
