"""The order types there are, and the form of each."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.deps import Access, Needs, ServicesDep
from api.http.problems import documented
from api.order_types.schema import TypeForm, TypeSummary, form, summarize
from models.errors import NotFound
from policies.access import Right

router = APIRouter(prefix="/order-types", tags=["order types"])
Reading = Annotated[Access, Depends(Needs(Right.TYPE_READ))]


@router.get("", responses=documented(401, 503))
async def get_order_types(_: Reading, services: ServicesDep) -> list[TypeSummary]:
    """All order types."""
    return [summarize(services.catalog[code]) for code in sorted(services.catalog)]


@router.get("/{code}", responses=documented(401, 404, 503))
async def get_order_type(code: Annotated[str, Path(max_length=64)], _: Reading, services: ServicesDep) -> TypeForm:
    """One order type: the JSON Schema of its body, where its defaults come from, and an example."""
    if code not in services.catalog:
        raise NotFound(f"There is no order type {code}.")
    return form(services.catalog[code])
