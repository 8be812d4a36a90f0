"""Delivers events to listeners: in order, again until they are accepted, and signed if the carrier does so."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qs

import httpx2
from pydantic import BaseModel
from standardwebhooks import Webhook
from ulid import ULID

from demo.simulator.errors import DuplicateError
from demo.simulator.filters import EVENT, filter_by
from demo.simulator.items import Document
from demo.simulator.media_types import JSON
from demo.simulator.settings import SimulatorSettings
from demo.simulator.store import Store

log = logging.getLogger(__name__)
# Calls to one listener at the same time, each for another order.
_CONCURRENT_CALLS = 8


class Subscription(BaseModel):
    id: str
    callback: str
    query: str | None = None


class PendingEvent(BaseModel):
    """An event to deliver to one listener, after all others of the same `order`."""

    key: str
    listener: str
    order: str = ""
    event_id: str
    body: str


class Listener:
    """A subscription with its undelivered events, and the tasks that deliver them, by order.

    Raises:
        InvalidRequestError: events do not have an attribute of the query.
    """

    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        query = parse_qs(subscription.query or "")
        self._filters = [filter_by(name, texts, EVENT) for name, texts in query.items()]
        self.slots = asyncio.Semaphore(_CONCURRENT_CALLS)
        self.queues: dict[str, deque[PendingEvent]] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def accepts(self, event: Document) -> bool:
        return all(matches(event) for matches in self._filters)

    async def stop(self) -> None:
        tasks = list(self.tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Deliveries:
    """Subscriptions and undelivered events are stored, so that they survive a restart."""

    def __init__(self, settings: SimulatorSettings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._webhook = Webhook(settings.webhook_secret.get_secret_value()) if settings.webhook_secret else None
        self._client = httpx2.AsyncClient(timeout=10)
        self._listeners: dict[str, Listener] = {}
        self._last_number = 0

    def start(self) -> None:
        """Continue with the stored events."""
        for key, body in self._store.all("listener"):
            self._listeners[key] = Listener(Subscription.model_validate_json(body))
        for key, body in self._store.all("event"):
            event = PendingEvent.model_validate_json(body)
            self._last_number = int(key)
            self._enqueue(self._listeners[event.listener], event)

    async def stop(self) -> None:
        for listener in self._listeners.values():
            await listener.stop()
        await self._client.aclose()

    def subscribe(self, callback: str, query: str | None) -> Subscription:
        """Register a listener.

        Raises:
            DuplicateError: it is registered already, with the same query.
            InvalidRequestError: events do not have an attribute of the query.
        """
        for listener in self._listeners.values():
            known = listener.subscription
            if (known.callback, known.query) == (callback, query):
                raise DuplicateError(f"{callback} is registered already, as listener {known.id}")
        subscription = Subscription(id=str(ULID()), callback=callback, query=query)
        listener = Listener(subscription)
        with self._store:
            self._store.put("listener", subscription.id, subscription.model_dump_json())
        self._listeners[subscription.id] = listener
        return subscription

    async def unsubscribe(self, key: str) -> bool:
        """Remove a listener and its undelivered events; whether it existed."""
        listener = self._listeners.pop(key, None)
        if listener is None:
            return False
        await listener.stop()
        with self._store:
            self._store.remove("listener", key)
            for event in (event for queue in listener.queues.values() for event in queue):
                self._store.remove("event", event.key)
        return True

    def queue(self, events: Sequence[Document]) -> None:
        """Queue events for every listener that accepts them; call inside `with store:`."""
        for event in events:
            for listener in self._listeners.values():
                if listener.accepts(event):
                    self._send(listener, event)

    def _send(self, listener: Listener, event: Document) -> None:
        self._last_number += 1
        pending = PendingEvent(
            key=f"{self._last_number:012d}",
            listener=listener.subscription.id,
            order=event["correlationId"],
            event_id=event["eventId"],
            body=json.dumps(event, separators=(",", ":")),
        )
        self._store.put("event", pending.key, pending.model_dump_json())
        self._enqueue(listener, pending)

    def _enqueue(self, listener: Listener, event: PendingEvent) -> None:
        listener.queues.setdefault(event.order, deque()).append(event)
        if event.order not in listener.tasks:
            listener.tasks[event.order] = asyncio.create_task(self._deliver_all(listener, event.order))

    async def _deliver_all(self, listener: Listener, order: str) -> None:
        queue = listener.queues[order]
        while queue:
            await self._deliver(listener, queue[0])
            delivered = queue.popleft()
            with self._store:
                self._store.remove("event", delivered.key)
        del listener.queues[order], listener.tasks[order]

    async def _deliver(self, listener: Listener, event: PendingEvent) -> None:
        # A listener that cannot be reached loses nothing, however long it is away. An event that it keeps rejecting
        # is dropped, or it would never receive the next events of the order.
        rejections, pause = 0, self._settings.retry_first_seconds
        while not (accepted := await self._post(listener, event)):
            rejections += accepted is False
            if rejections == self._settings.rejections_until_dropped:
                log.warning("event %s dropped: rejected by %s", event.event_id, listener.subscription.callback)
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._settings.retry_longest_seconds)

    async def _post(self, listener: Listener, event: PendingEvent) -> bool | None:
        """Whether the listener accepted the event; None if it cannot be reached."""
        headers = {"Content-Type": JSON, **self._signature(event)}
        try:
            async with listener.slots:
                answer = await self._client.post(listener.subscription.callback, content=event.body, headers=headers)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            return None
        except httpx2.HTTPError:
            return False
        return answer.is_success

    def _signature(self, event: PendingEvent) -> dict[str, str]:
        if self._webhook is None:
            return {}
        now = datetime.now(UTC)
        return {
            "webhook-id": event.event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(event.event_id, now, event.body),
        }
