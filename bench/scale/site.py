"""The portal and the API over a loaded database, used by people of the large company."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import httpx2
from fastapi import FastAPI
from starlette.requests import ClientDisconnect

from api.app import app
from api.auth.client_info import ClientInfo
from api.auth.sessions import SessionLimits, start_session
from api.deps import Services
from bench.scale.loading import TENANT, People, Size
from models.db.people import lookup
from models.db.session import Database, utc_now

ORIGIN = "http://dialtone.test"
_CLIENT = ClientInfo(address="192.0.2.7", device="Firefox 144 on Linux")
_CARRIERS = ("northwind", "bluepeak")
# Of a download, which has the whole list: its first rows.
_MAX_PARTS = 400

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


def environment(database_url: str) -> dict[str, str]:
    """The variables that `open_site` needs."""
    carriers = [
        {"code": code, "name": code.title(), "url": "http://127.0.0.1:1", "token": "-", "webhook_auth": "none"}
        for code in _CARRIERS
    ]
    return {
        "DATABASE_URL": database_url,
        "DIALTONE_ENVIRONMENT": "development",
        "DIALTONE_PUBLIC_URL": ORIGIN,
        "DIALTONE_STEP_UP_MINUTES": "600",
        "DIALTONE_CARRIERS": json.dumps(carriers),
    }


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    text: str
    milliseconds: float


class LoadedSite:
    """`viewers` are the ids of people by what they see."""

    def __init__(self, application: FastAPI, services: Services, people: People) -> None:
        self.viewers: Mapping[str, str] = asdict(people)
        self.database: Database = services.database
        self._headers: dict[str, dict[str, str]] = {}
        transport = httpx2.ASGITransport(_FirstParts(application))
        self._client = httpx2.AsyncClient(transport=transport, base_url=ORIGIN)

    async def sign_in(self) -> None:
        """Give everyone a session, which works for the API, too."""
        for viewer, person_id in self.viewers.items():
            async with self.database.transaction() as session:
                row = await lookup.row_of(session, TENANT, person_id)
                secret = await start_session(session, row, _CLIENT, SessionLimits(), at=utc_now())
            self._headers[viewer] = {"Cookie": f"dialtone_session={secret}"}
            await self.get(viewer, "/api/v1/order-types")

    async def get(self, viewer: str, path: str) -> Answer:
        began = perf_counter()
        answer = await self._client.get(path, headers=self._headers[viewer])
        return Answer(status=answer.status_code, text=answer.text, milliseconds=(perf_counter() - began) * 1000)


class _FirstParts:
    """Ends the answer of an application after `_MAX_PARTS` parts."""

    def __init__(self, application: FastAPI) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        parts = 0

        async def send_first(message: Message) -> None:
            nonlocal parts
            parts += message["type"] == "http.response.body"
            if parts == _MAX_PARTS:
                await send({**message, "more_body": False})
            if parts >= _MAX_PARTS:
                raise ClientDisconnect
            await send(message)

        with suppress(ClientDisconnect):
            await self._application(scope, receive, send_first)


@asynccontextmanager
async def open_site(size: Size) -> AsyncIterator[LoadedSite]:
    """The site over the database of the environment."""
    application = app()
    async with application.router.lifespan_context(application):
        site = LoadedSite(application, application.state.services, People.of(size))
        await site.sign_in()
        yield site
