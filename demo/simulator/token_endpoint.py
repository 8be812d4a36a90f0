from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from demo.simulator.personality import TOKEN_PATH
from demo.simulator.routes import CurrentCarrier

router = APIRouter()


@router.post(TOKEN_PATH)
async def issue_token(request: Request, carrier: CurrentCarrier) -> Response:
    token = carrier.tokens.issue(request.headers.get("Authorization", ""), await request.body())
    return JSONResponse(dict(token), headers={"Cache-Control": "no-store"})
