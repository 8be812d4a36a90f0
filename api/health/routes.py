from fastapi import APIRouter, Response

from api.deps import ServicesDep
from api.health.operations import readiness
from api.health.schemas import Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def get_health() -> dict[str, str]:
    """The process is running."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": Readiness, "description": "Orders can't be accepted."}})
async def get_readiness(services: ServicesDep, response: Response) -> Readiness:
    """Whether orders can be accepted, and the state of Temporal, the relay, the email server and the carriers."""
    result = await readiness(services)
    response.status_code = 200 if result.ready else 503
    return result
