"""What a person finds first: what waits for them, their orders and what happens next, their lines and devices."""

from dataclasses import dataclass
from datetime import datetime

from api.announcements.operations import AnnouncementView, unseen
from api.deps import Access, Services
from api.inventory import operations as inventory
from api.inventory.operations import DeviceQuery, DeviceView, LineQuery, LineView
from api.orders.presenter import TOLD_BY, foretell
from models.db.approvals import approval_requests
from models.db.orders import my_orders
from models.db.orders.my_orders import OrderSummaryRow
from models.lifecycle import Status
from policies.access import Right
from policies.next_step import NextStep

MOST_ORDERS = 8
MOST_THINGS = 5


@dataclass(frozen=True, kw_only=True)
class HomeOrder:
    """One of the person's orders, with what happens next; `mine` where this person has to act."""

    number: str
    title: str
    status: str
    beneficiary: str
    placed_at: datetime
    next: NextStep
    mine: bool


@dataclass(frozen=True, kw_only=True)
class HomeApproval:
    """One decision that waits for this person."""

    id: str
    number: str
    title: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class Home:
    """The start page of one person."""

    notices: list[AnnouncementView]
    asked: list[HomeApproval]
    orders: list[HomeOrder]
    lines: list[LineView]
    devices: list[DeviceView]

    @property
    def mine(self) -> list[HomeOrder]:
        """The orders in which this person has to act."""
        return [one for one in self.orders if one.mine]


async def home(services: Services, access: Access) -> Home:
    """Gather the start page."""
    person = access.person
    async with services.database.transaction() as session:
        waiting = await approval_requests.pending_for(session, person.tenant, person.id)
        own = await my_orders.own(session, person, TOLD_BY, limit=MOST_ORDERS)
    return Home(
        notices=await unseen(services, access),
        asked=[
            HomeApproval(id=asked.id, number=order.number, title=order.type["title"], due_at=asked.due_at)
            for asked, order in waiting
        ],
        orders=[_line(one, services, person.name) for one in own],
        lines=await _lines(services, access),
        devices=await _devices(services, access),
    )


def _line(one: OrderSummaryRow, services: Services, name: str) -> HomeOrder:
    following = foretell(one, services)
    return HomeOrder(
        number=one.row.number,
        title=one.row.type["title"],
        status=one.row.status,
        beneficiary=one.beneficiary,
        placed_at=one.row.created_at,
        next=following,
        mine=following.who == name and not Status(one.row.status).final,
    )


async def _lines(services: Services, access: Access) -> list[LineView]:
    page = await inventory.list_lines(
        services, access.towards(Right.LINE_READ), LineQuery(holder=access.person.id, limit=MOST_THINGS)
    )
    return [line for line in page.items if line.status != "void"]


async def _devices(services: Services, access: Access) -> list[DeviceView]:
    page = await inventory.list_devices(
        services, access.towards(Right.DEVICE_READ), DeviceQuery(holder=access.person.id, limit=MOST_THINGS)
    )
    return [device for device in page.items if device.status != "void"]
