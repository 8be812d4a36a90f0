"""Canceling an order: a task, an assessment by the carrier, and its outcome."""

from ulid import ULID

from demo.simulator.changes import Change
from demo.simulator.clock import now
from demo.simulator.items import Document, characteristics
from demo.simulator.states import Phase, State, TaskState
from demo.simulator.stored_order import StoredOrder


def open_task(change: Change, request: Document, *, base: str) -> Document:
    """Acknowledge the task and start to assess the order.

    Raises:
        IllegalTransitionError: the state of the order allows no cancellation.
    """
    stored = change.stored
    prior, resume = stored.state, stored.phase
    change.move(State.ASSESSING_CANCELLATION)
    stored.prior, stored.resume = prior, resume
    task = _task(stored, request, base)
    stored.cancellations.append(task)
    change.then(Phase.ASSESS)
    return task


def assess(change: Change) -> None:
    stored = change.stored
    task = stored.cancellations[-1]
    task["state"] = TaskState.DONE
    if reason := _decline_reason(stored):
        _resume(change, reason)
    else:
        task["effectiveCancellationDate"] = now()
        change.move(State.PENDING_CANCELLATION)
        change.then(Phase.CANCEL)
    change.finished_tasks.append(task)


def cancel(change: Change) -> None:
    order, task = change.stored.order, change.stored.cancellations[-1]
    for item in change.stored.running:
        change.move_item(item, State.CANCELLED)
    order["cancellationDate"] = now()
    order["cancellationReason"] = task.get("cancellationReason", "cancelled by the customer")
    change.move(State.CANCELLED)


def _decline_reason(stored: StoredOrder) -> str | None:
    if stored.behavior.decline_cancel:
        return "this order can no longer be cancelled"
    for item in stored.order["productOrderItem"]:
        if item["state"] == State.COMPLETED or "trackingNumber" in characteristics(item):
            return f"item {item['id']} is past the point of no return"
    return None


def _resume(change: Change, reason: str) -> None:
    stored = change.stored
    assert stored.prior is not None
    assert stored.resume is not None
    change.note("CANCELLATION_DECLINED", reason)
    change.move(stored.prior)
    change.proceed(stored.resume)
    stored.prior = stored.resume = None


def _task(stored: StoredOrder, request: Document, base: str) -> Document:
    key = str(ULID())
    return {
        **request,
        "id": key,
        "href": f"{base}/cancelProductOrder/{key}",
        "productOrder": {**request["productOrder"], "href": stored.order["href"]},
        "state": TaskState.ACKNOWLEDGED,
        "@type": "CancelProductOrder",
    }
