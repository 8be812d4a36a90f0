"""Tasks: what a person must do, and what they can choose."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from api.deps import Access, Services
from api.http.paging import CursorPage, cut_page, decode_cursor, unknown_cursor
from api.http.statuses import role_names
from api.list_filters import check_known, resolve
from api.tasks.schemas import ChoiceView, LinkView, TaskQuery, TaskSummary, TaskView
from models import formatting
from models.db.orders import order_rows, order_values
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people import lookup
from models.db.session import Session
from models.db.tasks import tasks
from models.db.tasks.tables import TaskRow
from models.db.tasks.tasks import TaskFilters, TaskFound
from models.errors import NotFound
from models.event import event_of
from models.facts import Relation
from models.lifecycle import Action, ItemState, Status
from models.order import OrderRef
from models.task import TaskChoice, TaskKind, TaskStatus, task_kind, task_kinds
from models.task_action import ABANDONED_AFTER
from policies.access import Right, required_right
from policies.possible_actions import is_possible

_LIST = "tasks"
# What the links to an order's page say, and the part of the page to which they lead.
_PLACES: Mapping[Action, tuple[str, str]] = MappingProxyType(
    {Action.REPORT_NOT_RECEIVED: ("It never arrived", "not-received")}
)


async def list_tasks(services: Services, access: Access, query: TaskQuery) -> CursorPage[TaskSummary]:
    """The tasks of the person and of their roles, the earliest due date first; admins and auditors see all.

    With `mine`, they don't.
    """
    check_known("kind", query.kind, task_kinds())
    relations = {Relation.ASSIGNEE} if query.mine else access.for_right(Right.TASK_READ).scope
    after = decode_cursor(query.cursor, _LIST)
    async with services.database.read() as session:
        if after is not None and await tasks.find(session, access.person, after) is None:
            raise unknown_cursor()
        list_rows = partial(tasks.list_tasks, session, access.person, relations=relations)

        async def has_row(**one_filter: Any) -> bool:
            return bool(await list_rows(TaskFilters(**one_filter), after=None, limit=1))

        filters = TaskFilters(
            state=query.state,
            kind=tuple(query.kind),
            overdue_at=services.now() if query.overdue else None,
            **await resolve(session, access, query, has_row),
        )
        found = await list_rows(filters, after=after, limit=query.limit + 1)
        names = await _names(session, found)
    return cut_page([TaskSummary(**_summary(one, services, names)) for one in found], query.limit, _LIST)


async def read_task(services: Services, access: Access, task_id: str) -> TaskView:
    """Raises NotFound."""
    async with services.database.read() as session:
        found = await find(session, access, task_id)
        names = await _names(session, [found])
        items = await order_rows.items_of(session, OrderRef(tenant=found.row.tenant, id=found.row.order_id))
    return _view(found, items, access, services, names)


def outcome_of(row: TaskRow) -> str:
    """How a closed task was settled: `Theo Marsh settled this task: Step retried.`."""
    return f"{row.closed_by} settled this task: {_outcome(row)}."


async def find(session: Session, access: Access, task_id: str) -> TaskFound:
    found = await tasks.find(session, access.person, task_id)
    if found is None:
        raise NotFound
    access.check(found.relations)
    return found


def is_acting(row: TaskRow, at: datetime) -> bool:
    """Whether Dialtone is doing what was chosen on the task."""
    return row.acting_since is not None and at < row.acting_since + ABANDONED_AFTER


async def _names(session: Session, found: list[TaskFound]) -> dict[str, str]:
    """The names of the people the tasks are for, by id."""
    ids = {one.row.person_id for one in found if one.row.person_id}
    tenant = found[0].row.tenant if found else ""
    return {key: person.name for key, person in (await lookup.by_ids(session, tenant, ids)).items()} if ids else {}


def _summary(found: TaskFound, services: Services, names: dict[str, str]) -> dict[str, Any]:
    row, order, kind = found.row, found.order, task_kind(found.row.kind)
    return {
        **row.model_dump(include={"id", "kind", "opened_at", "due_at"}),
        "state": TaskStatus(row.state),
        "title": kind.title,
        "order": order.number,
        "order_title": formatting.order_title(order.title, masked=True),
        "happened": kind.what_happened(row.evidence, _carrier(order, services)),
        "assigned_to": names.get(row.person_id or "") or (role_names([row.role]) if row.role else ""),
        "is_overdue": row.state == TaskStatus.OPEN and row.due_at < services.now(),
    }


def _view(
    found: TaskFound, items: Sequence[ItemRow], access: Access, services: Services, names: dict[str, str]
) -> TaskView:
    row, kind, at = found.row, task_kind(found.row.kind), services.now()
    evidence = {label: str(row.evidence[name]) for name, label in kind.evidence.items() if row.evidence.get(name)}
    return TaskView(
        **_summary(found, services, names),
        todo=kind.todo.format(carrier=_carrier(found.order, services) or "the carrier"),
        evidence=evidence,
        is_acting=row.state == TaskStatus.OPEN and is_acting(row, at),
        problem=row.problem if row.state == TaskStatus.OPEN else None,
        choices=[_choice_view(kind, choice, row) for choice in _offered(found, items, access, at)],
        leads_to=[*_links(found, items, access, at)],
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        outcome=_outcome(row) if row.state == TaskStatus.CLOSED else None,
        note=row.note,
    )


def _choice_view(kind: TaskKind, choice: TaskChoice, row: TaskRow) -> ChoiceView:
    return ChoiceView.model_validate(replace(choice, help=kind.help_for(choice, row.evidence)))


def _offered(found: TaskFound, items: Sequence[ItemRow], access: Access, at: datetime) -> list[TaskChoice]:
    """What the person can choose now."""
    row, kind = found.row, task_kind(found.row.kind)
    can_settle = access.is_allowed(Right.TASK_SETTLE, found.relations)
    if row.state != TaskStatus.OPEN or is_acting(row, at) or not can_settle:
        return []
    choices = [choice for choice in kind.choices if choice.code in row.choices]
    if kind.of_timer:
        return choices if access.is_allowed(Right.LINE_REPAIR) else []
    return [one for one in choices if one.sends is None or _order_allows(found, one.sends, items, access, at)]


def _links(found: TaskFound, items: Sequence[ItemRow], access: Access, at: datetime) -> Iterator[LinkView]:
    """Where the page of the order has what else is possible for the task's item."""
    row = found.row
    for action in task_kind(row.kind).leads_to if row.state == TaskStatus.OPEN else ():
        if _order_allows(found, action, items, access, at):
            label, place = _PLACES[action]
            part = f"{place}-{row.evidence.get('item', 1)}"
            yield LinkView(label=label, url=f"/orders/{found.order.number}?open={part}#{part}")


def _order_allows(found: TaskFound, action: Action, items: Sequence[ItemRow], access: Access, at: datetime) -> bool:
    status, order = Status(found.order.status), order_values.from_rows(found.order, items)
    states = [ItemState(item.state) for item in items]
    allowed = access.is_allowed(required_right(action, status), found.relations)
    return allowed and is_possible(action, order, status, states, at)


def _outcome(row: TaskRow) -> str:
    choice = task_kind(row.kind).choice(row.choice or "")
    return choice.label if choice else event_of(row.outcome or "").title


def _carrier(order: OrderRow, services: Services) -> str | None:
    return services.carrier_names.get(order.carrier or "", order.carrier)
