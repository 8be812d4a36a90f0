"""For load balancers and operators."""

from fastapi import APIRouter, Response

from api.deps import ServicesDep
from api.health import operations

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def get_health() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": operations.Readiness, "description": "Orders cannot be taken"}})
async def get_readiness(services: ServicesDep, response: Response) -> operations.Readiness:
    """Whether orders can be taken, and how Temporal, the relay, mail and the carriers do."""
    found = await operations.readiness(services)
    response.status_code = 200 if found.ready else 503
    return found
