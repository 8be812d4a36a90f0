"""All that Dialtone stores, sends and shows, as text, to search it for what must be nowhere."""

import json
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from google.protobuf.message import Message
from prometheus_client import REGISTRY, generate_latest
from sqlalchemy import text
from sqlmodel import SQLModel, select
from starlette.types import ASGIApp, Receive, Scope, Send
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from models.db.carriers.tables import CarrierEventRow
from models.db.encryption import KeyPurpose, Keyring
from models.db.session import Database
from outbox.payload_codec import KEY_ID, EncryptionCodec


class Recorder:
    """A middleware that adds the path and the body of each response to `answers`."""

    def __init__(self, app: ASGIApp, answers: dict[str, bytes]) -> None:
        self._app, self._answers = app, answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = f"{scope.get('method', 'other')} {scope.get('path')} {len(self._answers)}"
        self._answers[place] = b""

        async def record(message: MutableMapping[str, Any]) -> None:
            self._answers[place] += message.get("body", b"")
            await send(message)

        await self._app(scope, receive, record)


async def database_texts(database: Database, keyring: Keyring) -> list[tuple[str, str]]:
    """Every row of every table, and the carrier's documents, decrypted."""
    found = []
    async with database.transaction() as session:
        for table in SQLModel.metadata.tables:
            query = text(f'SELECT whole::text FROM "{table}" AS whole')
            rows = await session.exec(query)  # type: ignore[call-overload] # not in SQLModel's overloads
            found += [(f"table {table}", row) for (row,) in rows]
        events = await session.all(select(CarrierEventRow))
    return [*found, *(("carrier event", _body(keyring, event)) for event in events)]


def _body(keyring: Keyring, event: CarrierEventRow) -> str:
    """The JSON that is stored, with the characters that it escapes."""
    owner = f"{event.carrier}:{event.event_id}"
    stored = keyring.open(event.body, KeyPurpose.CARRIER_EVENTS, bound_to=owner)
    return json.dumps(json.loads(stored), ensure_ascii=False)


async def history_texts(client: Client, keyring: Keyring) -> list[tuple[str, str]]:
    """Every payload of every workflow, decrypted."""
    found = []
    async for workflow in client.list_workflows():
        codec = EncryptionCodec(keyring, workflow.id)
        handle = client.get_workflow_handle(workflow.id, run_id=workflow.run_id)
        async for event in handle.fetch_history_events():
            payloads = [codec.open(each) if KEY_ID in each.metadata else each for each in _payloads(event)]
            found += [(f"history of {workflow.id}, event {event.event_id}", each.data.decode()) for each in payloads]
    return found


def metrics_text() -> str:
    return generate_latest(REGISTRY).decode()


def _payloads(part: Any) -> Iterator[Payload]:
    """The payloads anywhere in a protobuf message, or in a field of one."""
    if isinstance(part, Payload):
        yield part
        return
    fields: Iterable[Any] = ()
    if isinstance(part, Message):
        fields = [value for _, value in part.ListFields()]
    elif isinstance(part, Mapping):
        fields = part.values()
    elif isinstance(part, Sequence) and not isinstance(part, str | bytes):
        fields = part
    for field in fields:
        yield from _payloads(field)
