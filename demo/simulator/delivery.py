"""Delivering events: to each listener, those of one order in turn, signed, again and again until it takes them."""

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

from demo.simulator.items import Document
from demo.simulator.settings import SimulatorSettings
from demo.simulator.store import Store

log = logging.getLogger(__name__)
# How many events one listener is told at the same time, each of another order.
AT_ONCE = 8


class Subscription(BaseModel):
    """A listener: where it is called, and the query that narrows what it hears."""

    id: str
    callback: str
    query: str | None = None

    def hears(self, event: Document) -> bool:
        """Tell whether the listener wants events of this type."""
        wanted = parse_qs(self.query or "").get("eventType")
        return wanted is None or event["eventType"] in ",".join(wanted).split(",")


class Parcel(BaseModel):
    """An event under way to one listener; those of one `order` do not overtake each other."""

    number: int
    listener: str
    order: str = ""
    event_id: str
    body: str

    @property
    def key(self) -> str:
        """Give the key it is stored under, in the order of sending."""
        return f"{self.number:012d}"


class Listener:
    """One subscription, and by order what is still to be delivered to it and the task that does."""

    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        self.turns = asyncio.Semaphore(AT_ONCE)
        self.queues: dict[str, deque[Parcel]] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}


class Deliveries:
    """The listeners of a carrier; subscriptions and undelivered events outlive a restart."""

    def __init__(self, settings: SimulatorSettings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._webhook = Webhook(settings.webhook_secret.get_secret_value())
        self._client = httpx2.AsyncClient(timeout=10)
        self._listeners: dict[str, Listener] = {}
        self._number = 0

    def start(self) -> None:
        """Take up the deliveries of the time before."""
        for _, body in self._store.all("listener"):
            self._listen(Subscription.model_validate_json(body))
        for _, body in self._store.all("parcel"):
            parcel = Parcel.model_validate_json(body)
            self._number = parcel.number
            self._line_up(self._listeners[parcel.listener], parcel)

    async def stop(self) -> None:
        """Stop delivering; what is left is delivered after the next start."""
        for listener in self._listeners.values():
            await _end(listener)
        await self._client.aclose()

    def subscribe(self, callback: str, query: str | None) -> Subscription:
        """Register a listener; the same callback and query are registered once."""
        for listener in self._listeners.values():
            known = listener.subscription
            if (known.callback, known.query) == (callback, query):
                return known
        subscription = Subscription(id=str(ULID()), callback=callback, query=query)
        with self._store:
            self._store.put("listener", subscription.id, subscription.model_dump_json())
        self._listen(subscription)
        return subscription

    async def unsubscribe(self, key: str) -> bool:
        """Forget a listener and what it has not received; tell whether there was one."""
        listener = self._listeners.pop(key, None)
        if listener is None:
            return False
        await _end(listener)
        with self._store:
            self._store.remove("listener", key)
            for parcel in (one for queue in listener.queues.values() for one in queue):
                self._store.remove("parcel", parcel.key)
        return True

    def queue(self, events: Sequence[Document]) -> None:
        """Hand events over for delivery to every listener that hears them; call inside `with store:`."""
        for event in events:
            for listener in self._listeners.values():
                if listener.subscription.hears(event):
                    self._send(listener, event)

    def _send(self, listener: Listener, event: Document) -> None:
        self._number += 1
        parcel = Parcel(
            number=self._number,
            listener=listener.subscription.id,
            order=event["correlationId"],
            event_id=event["eventId"],
            body=json.dumps(event, separators=(",", ":")),
        )
        self._store.put("parcel", parcel.key, parcel.model_dump_json())
        self._line_up(listener, parcel)

    def _listen(self, subscription: Subscription) -> None:
        self._listeners[subscription.id] = Listener(subscription)

    def _line_up(self, listener: Listener, parcel: Parcel) -> None:
        """Deliver a parcel after the others of its order."""
        queue = listener.queues.setdefault(parcel.order, deque())
        queue.append(parcel)
        if parcel.order not in listener.tasks:
            listener.tasks[parcel.order] = asyncio.create_task(self._serve(listener, parcel.order))

    async def _serve(self, listener: Listener, order: str) -> None:
        queue = listener.queues[order]
        while queue:
            await self._deliver(listener, queue[0])
            done = queue.popleft()
            with self._store:
                self._store.remove("parcel", done.key)
        del listener.queues[order], listener.tasks[order]

    async def _deliver(self, listener: Listener, parcel: Parcel) -> None:
        # A listener that cannot be reached loses nothing, however long it is away. One that answers and
        # refuses is given up for this event, or it would never hear how the order goes on.
        refusals, pause = 0, self._settings.retry_first_seconds
        while not (taken := await self._post(listener, parcel)):
            refusals += taken is False
            if refusals == self._settings.refusals_until_dropped:
                log.warning("event %s is dropped: %s refuses it", parcel.event_id, listener.subscription.callback)
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._settings.retry_longest_seconds)

    async def _post(self, listener: Listener, parcel: Parcel) -> bool | None:
        """Tell whether the listener took the parcel; None if there is no reaching it."""
        sent = datetime.now(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": parcel.event_id,
            "webhook-timestamp": str(int(sent.timestamp())),
            "webhook-signature": self._webhook.sign(parcel.event_id, sent, parcel.body),
        }
        try:
            async with listener.turns:
                answer = await self._client.post(listener.subscription.callback, content=parcel.body, headers=headers)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            return None
        except httpx2.HTTPError:
            return False
        return answer.is_success


async def _end(listener: Listener) -> None:
    tasks = list(listener.tasks.values())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
