"""Cancelling: the task, the carrier's assessment, and the way out of it or back."""

from ulid import ULID

from demo.simulator.changes import Change
from demo.simulator.clock import now
from demo.simulator.items import Document, characteristics
from demo.simulator.records import Record
from demo.simulator.states import Phase, State, TaskState
from demo.simulator.waiting import proceed


def open_task(change: Change, request: Document, *, base: str) -> Document:
    """Take a cancellation up: the task is acknowledged, the order assessed.

    Raises:
        IllegalTransitionError: the order's state allows no cancellation.
    """
    record = change.record
    prior, resume = record.state, record.phase
    change.move(State.ASSESSING_CANCELLATION)
    record.prior, record.resume = prior, resume
    task = _task(record, request, base)
    record.cancellations.append(task)
    change.then(Phase.ASSESS)
    return task


def assess(change: Change) -> None:
    """Refuse past the point of no return, else let the order go."""
    record = change.record
    task = record.cancellations[-1]
    task["state"] = TaskState.DONE
    if refusal := _refusal(record):
        _go_back(change, refusal)
    else:
        task["effectiveCancellationDate"] = now()
        change.move(State.PENDING_CANCELLATION)
        change.then(Phase.CANCEL)
    change.finish(task)


def cancel(change: Change) -> None:
    """End what is still running of the order."""
    order, task = change.record.order, change.record.cancellations[-1]
    for item in change.record.running:
        change.move_item(item, State.CANCELLED)
    order["cancellationDate"] = now()
    order["cancellationReason"] = task.get("cancellationReason", "cancelled by the customer")
    change.move(State.CANCELLED)


def _refusal(record: Record) -> str | None:
    if record.behavior.refuse_cancel:
        return "this order cannot be cancelled any more"
    for item in record.order["productOrderItem"]:
        if item["state"] == State.COMPLETED or "trackingNumber" in characteristics(item):
            return f"item {item['id']} is past the point of no return"
    return None


def _go_back(change: Change, reason: str) -> None:
    record = change.record
    if record.prior is None or record.resume is None:
        raise AssertionError("an order is assessed from somewhere")
    change.note("CANCELLATION_REFUSED", reason)
    change.move(record.prior)
    proceed(change, record.resume)
    record.prior = record.resume = None


def _task(record: Record, request: Document, base: str) -> Document:
    key = str(ULID())
    return {
        **request,
        "id": key,
        "href": f"{base}/cancelProductOrder/{key}",
        "productOrder": {**request["productOrder"], "href": record.order["href"]},
        "state": TaskState.ACKNOWLEDGED,
        "@type": "CancelProductOrder",
    }
