"""A simulated carrier: takes orders and moves each from phase to phase."""

import asyncio
import time
from collections import Counter
from copy import deepcopy

from ulid import ULID

from demo.simulator import cancellations
from demo.simulator.amendments import amend
from demo.simulator.behaviors import Behavior, BehaviorRule, behavior_for
from demo.simulator.changes import Change
from demo.simulator.clock import now
from demo.simulator.delivery import Deliveries
from demo.simulator.errors import InvalidRequestError, NotFoundError, ThrottledError, UnavailableError
from demo.simulator.events import WITHHELD_PHASES, to_deliver
from demo.simulator.items import Document, characteristics
from demo.simulator.numbers import NumberGenerator
from demo.simulator.phases import PHASES
from demo.simulator.recognition import recognize
from demo.simulator.settings import Pace, SimulatorSettings
from demo.simulator.sold_products import SoldProducts
from demo.simulator.states import Phase, State
from demo.simulator.store import Store
from demo.simulator.stored_order import StoredOrder
from demo.simulator.tokens import tokens_of


class SimulatedCarrier:
    """Not thread-safe: everything runs in one event loop."""

    def __init__(self, settings: SimulatorSettings) -> None:
        path = settings.data_directory
        self.settings = settings
        self.pace = settings.pace
        self.rules: tuple[BehaviorRule, ...] = settings.rules
        self.orders: dict[str, StoredOrder] = {}
        self._store = Store(path / "simulator.sqlite" if path else None)
        self._numbers = NumberGenerator(
            series=settings.personality.series,
            slug=settings.personality.slug,
            area_code=settings.area_code,
            claim=self._store.claim,
        )
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._failed_calls: Counter[str] = Counter()
        self._late: set[asyncio.Task[StoredOrder]] = set()
        self.tokens = tokens_of(settings)
        self.products = SoldProducts(self._store, settings.personality.recover_days)
        self.deliveries = Deliveries(settings, self._store)

    def start(self) -> None:
        """Continue with the stored orders."""
        self.deliveries.start()
        self.products.load()
        for key, body in self._store.all("order"):
            self.orders[key] = StoredOrder.model_validate_json(body)
        self.set_pace(self.pace)

    async def stop(self) -> None:
        for late in tuple(self._late):
            late.cancel()
        for timer in self._timers.values():
            timer.cancel()
        await self.deliveries.stop()
        self._store.close()

    def set_pace(self, pace: Pace) -> None:
        """Current waits are shortened to the pace, never extended."""
        self.pace = pace
        for stored in self.orders.values():
            self._change(stored).hurry()
            self._schedule(stored)

    def find(self, key: str) -> StoredOrder:
        """Find an order by the carrier's id.

        Raises:
            NotFoundError: there is none.
        """
        if key not in self.orders:
            raise NotFoundError(f"order {key} not found")
        return self.orders[key]

    async def place(self, request: Document, *, base: str, idempotency_key: str = "") -> StoredOrder:
        """Accept an order; `base` is the start of its href. Its behavior can delay this, even if the client hangs up.

        The order that was placed with the same key, if there is one, is returned instead.

        Raises:
            ThrottledError, UnavailableError: the order's behavior makes this call fail.
        """
        behavior = behavior_for(request, self.rules)
        self._fail_first_calls(behavior, request.get("externalId", ""))
        if not behavior.commit_after:
            return self._accept(request, behavior, base, idempotency_key)
        late = asyncio.create_task(self._accept_late(request, behavior, base, idempotency_key))
        self._late.add(late)
        late.add_done_callback(self._late.discard)
        return await asyncio.shield(late)

    async def _accept_late(self, request: Document, behavior: Behavior, base: str, key: str) -> StoredOrder:
        await asyncio.sleep(behavior.commit_after)
        return self._accept(request, behavior, base, key)

    def _accept(self, request: Document, behavior: Behavior, base: str, key: str) -> StoredOrder:
        if key and (known := self._placed_with(key)):
            return known
        stored = StoredOrder(order=self._acknowledged(request, base), behavior=behavior, idempotency_key=key)
        _recognize_items(stored)
        self.orders[stored.id] = stored
        change = self._change(stored)
        change.then(Phase.BEGIN)
        self._commit(change)
        return stored

    def amend(self, key: str, patch: Document) -> StoredOrder:
        change = self._change(self.find(key))
        amend(change, patch)
        self._commit(change)
        return change.stored

    def cancel(self, request: Document, *, base: str) -> Document:
        """Open a cancellation task.

        Raises:
            InvalidRequestError: the order does not exist.
            IllegalTransitionError: its state allows no cancellation.
        """
        key = request["productOrder"]["id"]
        if key not in self.orders:
            raise InvalidRequestError(f"order {key} not found")
        change = self._change(self.orders[key])
        task = cancellations.open_task(change, request, base=base)
        self._commit(change)
        return task

    def remove(self, key: str) -> None:
        """Delete an order without any event."""
        self._unschedule(self.find(key))
        del self.orders[key]
        with self._store:
            self._store.remove("order", key)

    def _fail_first_calls(self, behavior: Behavior, key: str) -> None:
        if self._failed_calls[key] < behavior.throttled + behavior.unavailable:
            self._failed_calls[key] += 1
            throttled = self._failed_calls[key] <= behavior.throttled
            raise (ThrottledError if throttled else UnavailableError)(behavior.retry_after)

    def _placed_with(self, key: str) -> StoredOrder | None:
        return next((stored for stored in self.orders.values() if stored.idempotency_key == key), None)

    def _acknowledged(self, request: Document, base: str) -> Document:
        key = str(ULID())
        seller = {
            "id": self.settings.personality.slug,
            "name": self.settings.personality.name,
            "role": "Seller",
            "@referredType": "Organization",
        }
        order = deepcopy(request)
        for item in order["productOrderItem"]:
            item["state"] = State.ACKNOWLEDGED
        return {
            "@type": "ProductOrder",
            **order,
            "id": key,
            "href": f"{base}/productOrder/{key}",
            "orderDate": now(),
            "state": State.ACKNOWLEDGED,
            "relatedParty": [*order.get("relatedParty", []), seller],
        }

    def _change(self, stored: StoredOrder) -> Change:
        return Change(stored, settings=self.settings, pace=self.pace, numbers=self._numbers, products=self.products)

    def _commit(self, change: Change) -> None:
        stored = change.stored
        withhold = change.phase in WITHHELD_PHASES and stored.due is not None
        events = to_deliver(change.events(), stored.withheld, stored.behavior, withhold=withhold)
        with self._store:
            self._store.put("order", stored.id, stored.model_dump_json())
            self.deliveries.queue(events)
        self._schedule(stored)

    def _schedule(self, stored: StoredOrder) -> None:
        self._unschedule(stored)
        if stored.due is not None:
            delay = max(0.0, stored.due - time.time())
            self._timers[stored.id] = asyncio.get_running_loop().call_later(delay, self._advance, stored)

    def _unschedule(self, stored: StoredOrder) -> None:
        if timer := self._timers.pop(stored.id, None):
            timer.cancel()

    def _advance(self, stored: StoredOrder) -> None:
        assert stored.phase is not None
        change = self._change(stored)
        PHASES[stored.phase](change)
        self._commit(change)


def _recognize_items(stored: StoredOrder) -> None:
    """Record what each item asks for, before the carrier's own answers are among its characteristics."""
    for item in stored.order["productOrderItem"]:
        if action := recognize(item):
            stored.actions[item["id"]] = action.code
            if action.ships(characteristics(item)):
                stored.shipping.append(item["id"])
