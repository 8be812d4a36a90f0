"""An HTTP server without a framework, for the programs that Dialtone is compared with."""

from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

# Takes the path and the body of a POST, and returns the body of the answer.
Handler = Callable[[str, bytes], Awaitable[bytes]]


async def serve(handler: Handler, port: int) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer = await handler(scope["path"], body) if scope["method"] == "POST" else b""
        headers = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    config = uvicorn.Config(app, port=port, http="httptools", lifespan="off", access_log=False, log_level="warning")
    await uvicorn.Server(config).serve()
