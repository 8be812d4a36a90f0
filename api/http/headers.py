"""Request headers that routes read, and response headers they set."""

from typing import Annotated

from fastapi import Depends, Header, HTTPException, Request

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Send the same key with a retry: you get the first response again, and nothing happens twice.",
        examples=["5f0c2a0e-6f0e-4a52-8a0e-2c1f5f0d9a11"],
    ),
]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="Fail unless this is the order's current ETag.")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", description="Return 304 while this ETag is current.")]

REPLAYED = "Idempotency-Replayed"
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}


async def _json_only(request: Request) -> None:
    if request.method not in {"POST", "PUT", "PATCH"}:
        return
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and request.headers.get("content-length") != "0":
        raise HTTPException(415)


JsonOnly = Depends(_json_only)
