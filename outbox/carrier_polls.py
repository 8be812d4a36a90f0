"""Asks carriers about orders; what they answer is received like the events that they send."""

from dataclasses import replace

from pydantic_core import to_json

from carriers.base import Carrier
from models.db.carriers.tables import CarrierOrderRow
from models.db.encryption import Keyring
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, Session
from models.order import CarrierUpdate
from outbox.carrier_intake import receive_update


async def poll(
    database: Database, keyring: Keyring, carrier: Carrier, row: CarrierOrderRow
) -> tuple[CarrierUpdate, OutboxRow | None]:
    """Ask about a submission that the carrier has accepted; returns the answer, and the message about it.

    The answer is as of the question, so that what arrives in between is newer. Raises CarrierDeclined and
    CarrierUnavailable.
    """
    assert row.carrier_ref is not None
    asked_at = await database.run_alone(Session.now)
    answer = await carrier.status(row.carrier_ref)
    update = replace(answer, client_ref=row.client_ref, at=min(answer.at or asked_at, asked_at))
    body = to_json(update)
    return update, await database.run(receive_update, keyring, carrier.code, update, body, notify_relay=True)
