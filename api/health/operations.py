import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

from api.deps import Services
from api.health.schemas import Readiness
from models.db import schema_version
from models.db.failures import SQLAlchemyError
from models.db.outbox import delivery
from models.errors import DatabaseUnavailable

TIMEOUT_SECONDS = 1.0


async def readiness(services: Services) -> Readiness:
    """Check everything concurrently, within the timeout."""
    database, temporal, *reached = await asyncio.gather(
        _database(services),
        _check(services.temporal.service_client.check_health(timeout=timedelta(seconds=TIMEOUT_SECONDS))),
        *(_connect(*address) for address in services.endpoints.values()),
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
        async with asyncio.timeout(TIMEOUT_SECONDS), services.database.read() as session:
            version = await schema_version.schema_version(session)
            if version != schema_version.newest_version():
                return "schema is not up to date", version, {}
            oldest = await delivery.oldest_waiting(session)
    except (DatabaseUnavailable, SQLAlchemyError, TimeoutError) as error:
        return f"unreachable ({type(error.__cause__ or error).__name__})", None, {}
    age = (services.now() - oldest).total_seconds() if oldest else 0.0
    return "ok", version, {"oldest_waiting_seconds": round(max(age, 0.0), 1)}


async def _connect(host: str, port: int) -> str:
    async def connect() -> None:
        _, writer = await asyncio.open_connection(host, port)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    return await _check(connect())


async def _check(work: Awaitable[object]) -> str:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await work
    except Exception as error:  # noqa: BLE001 - any error means that it is unreachable
        return f"unreachable ({type(error).__name__})"
    return "ok"
