"""The carrier: takes orders, lets their phases come when they are due, and tells its listeners."""

import asyncio
import time
from collections import Counter
from copy import deepcopy

from ulid import ULID

from demo.simulator import cancellations
from demo.simulator.amendments import amend
from demo.simulator.behaviors import Behavior, Rule, behavior_for
from demo.simulator.changes import Change
from demo.simulator.clock import now
from demo.simulator.delivery import Deliveries
from demo.simulator.errors import InvalidRequestError, NotFoundError, ThrottledError, UnavailableError
from demo.simulator.events import OVERTAKEN, to_deliver
from demo.simulator.items import Document, ships
from demo.simulator.numbers import Numbers
from demo.simulator.phases import PHASES
from demo.simulator.records import Record
from demo.simulator.settings import Pace, SimulatorSettings
from demo.simulator.states import Phase, State
from demo.simulator.store import Store


class Carrier:
    """Everything one simulated carrier knows; all of it happens in one event loop."""

    def __init__(self, settings: SimulatorSettings) -> None:
        path = settings.data_directory
        self.settings = settings
        self.pace = settings.pace
        self.rules: tuple[Rule, ...] = settings.rules
        self.records: dict[str, Record] = {}
        self._store = Store(path / "simulator.sqlite" if path else None)
        self._numbers = Numbers(series=settings.series, slug=settings.slug, claim=self._store.claim)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._turned_away: Counter[str] = Counter()
        self.deliveries = Deliveries(settings, self._store)

    def start(self) -> None:
        """Go on with the orders of the time before."""
        self.deliveries.start()
        for key, body in self._store.all("order"):
            self.records[key] = Record.model_validate_json(body)
        self.keep_pace(self.pace)

    async def stop(self) -> None:
        """Stop working; what is left goes on after the next start."""
        for timer in self._timers.values():
            timer.cancel()
        await self.deliveries.stop()
        self._store.close()

    def keep_pace(self, pace: Pace) -> None:
        """Work at this pace from now on; waits under way are shortened to it, never lengthened."""
        self.pace = pace
        for record in self.records.values():
            self._change(record).hurry()
            self._schedule(record)

    def record(self, key: str) -> Record:
        """Find an order by the carrier's id.

        Raises:
            NotFoundError: there is none.
        """
        if key not in self.records:
            raise NotFoundError(f"there is no order {key}")
        return self.records[key]

    def place(self, request: Document, *, base: str) -> Record:
        """Accept an order, `acknowledged`; `base` is the address its href starts with.

        Raises:
            ThrottledError, UnavailableError: the order's behavior has this call turned away.
        """
        behavior = behavior_for(request, self.rules)
        self._turn_away(behavior, request.get("externalId", ""))
        if self.settings.idempotent_external_id and (known := self._known(request)):
            return known
        record = Record(order=self._acknowledged(request, base), behavior=behavior)
        record.shipping = [item["id"] for item in record.order["productOrderItem"] if ships(item)]
        self.records[record.id] = record
        change = self._change(record)
        change.then(Phase.BEGIN)
        self._commit(change)
        return record

    def amend(self, key: str, patch: Document) -> Record:
        """Apply a client's PATCH."""
        change = self._change(self.record(key))
        amend(change, patch)
        self._commit(change)
        return change.record

    def cancel(self, request: Document, *, base: str) -> Document:
        """Open a cancellation task.

        Raises:
            InvalidRequestError: the order does not exist.
            IllegalTransitionError: its state allows no cancellation.
        """
        key = request["productOrder"]["id"]
        if key not in self.records:
            raise InvalidRequestError(f"there is no order {key}")
        change = self._change(self.records[key])
        task = cancellations.open_task(change, request, base=base)
        self._commit(change)
        return task

    def remove(self, key: str) -> None:
        """Forget an order; nobody is told."""
        self._unschedule(self.record(key))
        del self.records[key]
        with self._store:
            self._store.remove("order", key)

    def _turn_away(self, behavior: Behavior, key: str) -> None:
        if self._turned_away[key] < behavior.throttled + behavior.unavailable:
            self._turned_away[key] += 1
            throttled = self._turned_away[key] <= behavior.throttled
            raise (ThrottledError if throttled else UnavailableError)(behavior.retry_after)

    def _known(self, request: Document) -> Record | None:
        wanted = request.get("externalId")
        found = (record for record in self.records.values() if record.order.get("externalId") == wanted)
        return next(found, None) if wanted else None

    def _acknowledged(self, request: Document, base: str) -> Document:
        key = str(ULID())
        seller = {
            "id": self.settings.slug,
            "name": self.settings.name,
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

    def _change(self, record: Record) -> Change:
        return Change(record, settings=self.settings, pace=self.pace, numbers=self._numbers)

    def _commit(self, change: Change) -> None:
        record = change.record
        overtaken = change.phase in OVERTAKEN and record.due is not None
        told = to_deliver(change.events(), record.withheld, record.behavior, overtaken=overtaken)
        with self._store:
            self._store.put("order", record.id, record.model_dump_json())
            self.deliveries.queue(told)
        self._schedule(record)

    def _schedule(self, record: Record) -> None:
        self._unschedule(record)
        if record.due is not None:
            wait = max(0.0, record.due - time.time())
            self._timers[record.id] = asyncio.get_running_loop().call_later(wait, self._advance, record)

    def _unschedule(self, record: Record) -> None:
        if timer := self._timers.pop(record.id, None):
            timer.cancel()

    def _advance(self, record: Record) -> None:
        if record.phase is None:
            raise AssertionError("an order that is due has a phase")
        change = self._change(record)
        PHASES[record.phase](change)
        self._commit(change)
