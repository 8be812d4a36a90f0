"""Carrier events at the door: verified, then recorded and put before the order they are about."""

from collections.abc import Mapping

import structlog

from api.deps import Services
from models.errors import NotFound
from outbox.carrier_events import accept


async def receive(services: Services, code: str, headers: Mapping[str, str], body: bytes) -> str | None:
    """Take an event in; returns the action id to deliver, None where no order needs to hear of it.

    Raises NotFound for an unknown carrier, SignatureInvalid for a forged event.
    """
    carrier = services.carriers.get(code)
    if carrier is None:
        raise NotFound("There is no such carrier.")
    news = carrier.read_webhook(headers, body)
    structlog.contextvars.bind_contextvars(actor=code)
    if news is None:
        return None
    async with services.database.transaction() as session:
        return await accept(session, services.keyring, code, news, body, services.now())
