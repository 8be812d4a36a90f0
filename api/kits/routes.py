from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.problems import error_responses
from api.kits import operations
from api.kits.schemas import KitIn, KitView
from policies.access import Right

router = APIRouter(prefix="/kits", tags=["kits"], dependencies=[JsonOnly])
KitReadAccess = Annotated[Access, Depends(Needs(Right.KIT_READ))]
KitChangeAccess = Annotated[Access, Depends(Needs(Right.KIT_CHANGE))]
KitId = Annotated[str, Path(max_length=40)]


@router.get("", responses=error_responses(401, 403, 503))
async def get_kits(access: KitReadAccess, services: ServicesDep) -> list[KitView]:
    """The company's kits."""
    return await operations.list_all(services, access)


@router.get("/{kit_id}", responses=error_responses(401, 403, 404, 503))
async def get_kit(kit_id: KitId, access: KitReadAccess, services: ServicesDep) -> KitView:
    return await operations.read(services, access, kit_id)


@router.post("", status_code=201, responses=error_responses(401, 403, 413, 415, 422, 503))
async def add_kit(body: KitIn, access: KitChangeAccess, services: ServicesDep) -> KitView:
    return await operations.add(services, access, body)


@router.put("/{kit_id}", responses=error_responses(401, 403, 404, 413, 415, 422, 503))
async def change_kit(kit_id: KitId, body: KitIn, access: KitChangeAccess, services: ServicesDep) -> KitView:
    """Change or deactivate a kit: it becomes what the body says."""
    return await operations.change(services, access, kit_id, body)


@router.delete("/{kit_id}", status_code=204, responses=error_responses(401, 403, 404, 503))
async def delete_kit(kit_id: KitId, access: KitChangeAccess, services: ServicesDep) -> None:
    """Delete a kit."""
    await operations.delete(services, access, kit_id)
