"""Whether we can work, and how everything around us does."""

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

from api.deps import Services
from api.http.schemas import View
from models.db import schema_version
from models.db.failures import SQLAlchemyError
from models.db.outbox import delivery

PATIENCE = 1.0


class Readiness(View):
    """`ready` when orders can be taken: that takes PostgreSQL with its schema, and nothing else."""

    ready: bool
    database: str
    schema_version: str | None
    temporal: str
    relay: dict[str, Any]
    endpoints: dict[str, str]


async def readiness(services: Services) -> Readiness:
    """Look at everything at once, for a second at most."""
    database, temporal, *reached = await asyncio.gather(
        _database(services), _temporal(services), *(_reach(*place) for place in services.endpoints.values())
    )
    state, version, relay = database
    return Readiness(
        ready=state == "ok",
        database=state,
        schema_version=version,
        temporal=temporal,
        relay=relay,
        endpoints=dict(zip(services.endpoints, reached, strict=True)),
    )


async def _database(services: Services) -> tuple[str, str | None, dict[str, Any]]:
    try:
        async with asyncio.timeout(PATIENCE), services.database.transaction() as session:
            version = await schema_version.schema_version(session)
            if version != schema_version.newest_version():
                return "schema is not the newest", version, {}
            oldest = await delivery.oldest_waiting(session)
    except (OSError, SQLAlchemyError) as error:
        return f"not reachable ({type(error).__name__})", None, {}
    age = (services.now() - oldest).total_seconds() if oldest else 0.0
    return "ok", version, {"oldest_waiting_seconds": round(max(age, 0.0), 1)}


async def _temporal(services: Services) -> str:
    async def ask() -> None:
        await services.temporal.service_client.check_health(timeout=timedelta(seconds=PATIENCE))

    return await _tried(ask())


async def _reach(host: str, port: int) -> str:
    async def knock() -> None:
        _, writer = await asyncio.open_connection(host, port)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    return await _tried(knock())


async def _tried(work: Awaitable[None]) -> str:
    try:
        await asyncio.wait_for(work, PATIENCE)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not reachable
        return f"not reachable ({type(error).__name__})"
    return "ok"
