"""The codec server of the Temporal UI, for admins who are signed in to Dialtone in the same browser."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from cryptography.exceptions import InvalidTag
from fastapi import APIRouter, Depends, Request, Response
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload, Payloads

from api.deps import Access, Needs, ServicesDep
from api.http.problems import error_responses
from models.errors import InvalidRequest
from outbox.payload_codec import EncryptionCodec
from policies.access import Right

router = APIRouter(prefix="/codec", tags=["codec"], include_in_schema=False)
PayloadAccess = Annotated[Access, Depends(Needs(Right.PAYLOAD_READ))]
MAX_BYTES = 4 * 1024 * 1024


@router.post("/decode", max_body_size=MAX_BYTES, responses=error_responses(401, 403, 413, 422))
async def decode_payloads(request: Request, services: ServicesDep, _: PayloadAccess) -> Response:
    """Decrypt payloads that the Temporal UI shows."""
    return await _convert(request, EncryptionCodec(services.keyring).decode)


@router.post("/encode", max_body_size=MAX_BYTES, responses=error_responses(401, 403, 413, 422))
async def encode_payloads(request: Request, services: ServicesDep, _: PayloadAccess) -> Response:
    """Encrypt payloads that are sent from the Temporal UI."""
    return await _convert(request, EncryptionCodec(services.keyring).encode)


async def _convert(request: Request, convert: Callable[[Sequence[Payload]], Awaitable[list[Payload]]]) -> Response:
    try:
        received = json_format.Parse(await request.body(), Payloads())
        converted = await convert(received.payloads)
    except (json_format.ParseError, UnicodeDecodeError, InvalidTag, KeyError, DecodeError):
        raise InvalidRequest("These payloads can't be read.") from None
    return Response(json_format.MessageToJson(Payloads(payloads=converted), indent=None), media_type="application/json")
