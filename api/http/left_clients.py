"""Stops reading for a client that has closed its connection: PostgreSQL ends the query, others get the connection."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READING = frozenset({"GET", "HEAD"})


class LeftClients:
    """Cancels a request that only reads when its client leaves. One that writes ends as it would otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in _READING and not _has_body(scope):
            await _ReadingRequest(self._app, receive, send).answer(scope)
        else:
            await self._app(scope, receive, send)


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


class _ReadingRequest:
    """A request without a body: all that is received is the end of its connection."""

    def __init__(self, app: ASGIApp, receive: Receive, send: Send) -> None:
        self._app, self._receive, self._send = app, receive, send
        self._begun = False
        self._stay = asyncio.timeout(None)

    async def answer(self, scope: Scope) -> None:
        self._watch = asyncio.create_task(self._end_when_left())
        try:
            async with self._stay:
                await self._app(scope, self._receive_request, self._forward)
        except TimeoutError:
            if not self._stay.expired():
                raise
        finally:
            self._watch.cancel()

    async def _receive_request(self) -> Message:
        if self._begun:
            return await self._receive()
        self._begun = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _forward(self, message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._watch.cancel()  # after the answer, the server says the same of clients that stay
        await self._send(message)

    async def _end_when_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._stay.reschedule(asyncio.get_running_loop().time())
