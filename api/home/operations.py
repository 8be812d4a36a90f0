from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.announcements import operations as announcements
from api.announcements.schemas import AnnouncementView
from api.approvals.schemas import ApprovalSummary
from api.attestations import operations as own_attestations
from api.attestations.schemas import OpenAttestation
from api.deps import Access, Services
from api.inventory import operations as inventory
from api.inventory.schemas import DeviceQuery, DeviceView, LineQuery, LineView
from api.orders.presenter import EXPLAINING_EVENTS, next_step_of
from api.tasks import operations as tasks
from api.tasks.schemas import TaskQuery, TaskSummary
from models import formatting, questions
from models.attestation import AttestationState, waiting_to_accept
from models.db.approvals import approval_requests
from models.db.attestations import attestations
from models.db.orders import my_orders
from models.db.orders.my_orders import OrderSummaryRow
from models.facts import Person
from models.lifecycle import ItemState
from policies.access import Right
from policies.next_step import NextStep

MAX_ORDERS = 8
MAX_TASKS = 5
MAX_APPROVALS = 5
MAX_LINES_AND_DEVICES = 5


@dataclass(frozen=True, kw_only=True)
class HomeOrder:
    """One of the person's orders with its next step.

    `to_activate` names what waits for activation, `asked_by` who asked the question that the order waits for.
    `to_accept` are sentences about whom we've asked to agree to something, which the order doesn't wait for.
    """

    number: str
    title: str
    status: str
    placed_at: datetime
    next: NextStep
    to_activate: str
    asked_by: str
    to_accept: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Home:
    """Approvals, and tasks of the person and their roles, are those due first; lines and devices are their newest."""

    announcements: list[AnnouncementView]
    approvals: list[ApprovalSummary]
    more_approvals: bool
    attestations: list[OpenAttestation]
    tasks: list[TaskSummary]
    orders: list[HomeOrder]
    lines: list[LineView]
    devices: list[DeviceView]

    @property
    def needing_action(self) -> list[HomeOrder]:
        return [order for order in self.orders if order.next.for_you]


async def home(services: Services, access: Access) -> Home:
    person = access.person
    async with services.database.read() as session:
        pending = await approval_requests.pending_for(session, person.tenant, person.id, limit=MAX_APPROVALS + 1)
        own = await my_orders.list_own_orders(session, person, EXPLAINING_EVENTS, limit=MAX_ORDERS)
        of_orders = await attestations.of_orders(session, person.tenant, [order.row.id for order in own])
    asked: dict[str, list[str]] = {}
    for row, name in of_orders:
        if row.state == AttestationState.ASKED and row.person_id != person.id:
            sentence = waiting_to_accept(name, questions.find(row.question).agrees_to)
            asked.setdefault(row.order_id, []).append(sentence)
    mine = {"holder": person.id, "limit": MAX_LINES_AND_DEVICES}
    lines = await inventory.list_lines(
        services, access.for_right(Right.LINE_READ), LineQuery(**mine), newest_first=True
    )
    devices = await inventory.list_devices(
        services, access.for_right(Right.DEVICE_READ), DeviceQuery(**mine), newest_first=True
    )
    to_do = await tasks.list_tasks(services, access.for_right(Right.TASK_READ), TaskQuery(mine=True, limit=MAX_TASKS))
    return Home(
        announcements=await announcements.current(services, access),
        approvals=[
            ApprovalSummary(
                id=one.approval.id,
                order=one.order.number,
                title=formatting.order_title(one.order.title),
                monthly=one.order.monthly,
                monthly_before=one.order.monthly_before,
                currency=one.order.currency,
                due_at=one.approval.due_at,
            )
            for one in pending[:MAX_APPROVALS]
        ],
        more_approvals=len(pending) > MAX_APPROVALS,
        attestations=await own_attestations.list_own(services, access),
        tasks=to_do.items,
        orders=[_order(order, services, person, asked.get(order.row.id, ())) for order in own],
        lines=lines.items,
        devices=devices.items,
    )


def _order(order: OrderSummaryRow, services: Services, person: Person, to_accept: Sequence[str]) -> HomeOrder:
    step, title = next_step_of(order, services, person.id), formatting.order_title(order.row.title)
    devices = "devices" if order.item_states.count(ItemState.AWAITING_ACTIVATION) > 1 else "device"
    return HomeOrder(
        number=order.row.number,
        title=title,
        status=order.row.status,
        placed_at=order.row.created_at,
        next=step,
        to_activate=title.removesuffix(f" for {order.beneficiary.name}") if len(order.item_states) == 1 else devices,
        asked_by=order.explanation.get("actor_name", ""),
        to_accept=tuple(to_accept),
    )
