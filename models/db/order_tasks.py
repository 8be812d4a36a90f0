"""What an order's event means for tasks: it opens one, or settles those that are open."""

from collections.abc import Iterator

from models.business_hours import add_business_hours
from models.db.attestations import attestations
from models.db.catalog import policy_versions
from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.db.tasks import tasks
from models.db.tasks.tables import TaskRow
from models.event import event_of
from models.events.operations import TASK_SETTLED
from models.order import Order, OrderEvent
from models.registry import load
from models.task import TASKS, TaskKind, opened_by, task_id


async def follow(session: Session, order: Order, event: OrderEvent, *, has_moved: bool) -> None:
    """Open or close the tasks of an order after an event; events can arrive out of order.

    `has_moved`: the event has moved the order, which had open tasks.
    """
    kind = opened_by(event.event)
    if kind is not None and await _is_current(session, order, event, kind):
        await tasks.add(session, await _task(session, order, event, kind))
    if has_moved or event_of(event.event).settles:
        await tasks.close(session, order.ref, event, kinds=[*_over(event)], seq=dict(event.data).get("task"))
    if event.event == TASK_SETTLED.code:
        await attestations.settle(session, order.ref, event)


async def _is_current(session: Session, order: Order, event: OrderEvent, kind: TaskKind) -> bool:
    """Whether no later event has made the task unnecessary."""
    if not kind.while_status:
        return True
    row = await session.get_one(OrderRow, (order.tenant, order.id), populate_existing=True)
    return row.seq <= event.seq or row.status in kind.while_status


async def _task(session: Session, order: Order, event: OrderEvent, kind: TaskKind) -> TaskRow:
    data = dict(event.data)
    person_id = data.get("person_id")
    return TaskRow(
        tenant=order.tenant,
        id=task_id(order.ref, event.seq),
        kind=kind.code,
        order_id=order.id,
        seq=event.seq,
        thing=data.get("thing", order.id),
        role=None if person_id else kind.role,
        person_id=person_id,
        opened_at=event.at,
        due_at=add_business_hours(await policy_versions.newest(session, order.tenant), event.at, kind.due_hours),
        choices=data.get("choices") or [choice.code for choice in kind.choices],
        evidence=data,
    )


def _over(event: OrderEvent) -> Iterator[str]:
    """The kinds whose tasks are over in the status after the event."""
    for kind in load(TASKS, TaskKind).values():
        if kind.while_status and event.status not in kind.while_status:
            yield kind.code
