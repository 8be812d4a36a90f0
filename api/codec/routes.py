"""The codec endpoint of the Temporal UI: opens sealed payloads for admins who are signed in here."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from cryptography.exceptions import InvalidTag
from fastapi import APIRouter, Depends, Request, Response
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload, Payloads

from api.deps import Access, Needs, ServicesDep
from api.http.problems import documented
from models.errors import InvalidRequest
from outbox.payload_codec import Codec
from policies.access import Right

router = APIRouter(prefix="/codec", tags=["codec"], include_in_schema=False)
Reading = Annotated[Access, Depends(Needs(Right.PAYLOAD_READ))]
LARGEST = 4 * 1024 * 1024


@router.post("/decode", max_body_size=LARGEST, responses=documented(401, 403, 413, 422))
async def decode_payloads(request: Request, services: ServicesDep, _: Reading) -> Response:
    """Open payloads, so that the Temporal UI can show them."""
    return await _changed(request, Codec(services.keyring).decode)


@router.post("/encode", max_body_size=LARGEST, responses=documented(401, 403, 413, 422))
async def encode_payloads(request: Request, services: ServicesDep, _: Reading) -> Response:
    """Seal payloads, for what is started or signaled from the Temporal UI."""
    return await _changed(request, Codec(services.keyring).encode)


async def _changed(request: Request, change: Callable[[Sequence[Payload]], Awaitable[list[Payload]]]) -> Response:
    try:
        given = json_format.Parse(await request.body(), Payloads())
        changed = await change(given.payloads)
    except (json_format.ParseError, UnicodeDecodeError, InvalidTag, KeyError, DecodeError):
        raise InvalidRequest("These are no payloads we can open.") from None
    answer = json_format.MessageToJson(Payloads(payloads=changed), indent=None)
    return Response(answer, media_type="application/json")
