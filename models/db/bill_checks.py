"""Checks of bills after a line has ended: watched from then on, and given to a person who looks at the bill."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from models import formatting
from models.db.accounts import account_tree
from models.db.billing_watches import billing_watches
from models.db.billing_watches.tables import BillingWatchRow
from models.db.catalog import policy_versions
from models.db.inventory.tables import LineRow
from models.db.order_events import append_outside
from models.db.order_lock import lock_order
from models.db.orders.tables import ItemRow
from models.db.session import Session, new_id
from models.db.tasks import tasks
from models.events.disconnection import BILL_CHECK
from models.facts import Policy
from models.inventory import Line
from models.order import SYSTEM, Order, OrderEvent, OrderRef

# What the task says of its end if the line is in service again.
_OVER = "line_in_service"


async def begin(session: Session, policy: Policy, item: ItemRow, line: Line, at: datetime) -> None:
    """Watch the bills of a line that an order has ended."""
    last = line.disconnected_on or _local_day(policy, at)
    row = BillingWatchRow(
        tenant=item.tenant,
        id=new_id(),
        line_id=line.id,
        order_id=item.order_id,
        item_id=item.id,
        no_charges_after=last,
        until=last + timedelta(days=policy.bill_check_days),
    )
    await billing_watches.add(session, row)


async def end(session: Session, tenant: str, line_id: str, at: datetime) -> None:
    """The line is in service again: neither watch it, nor have anybody check its bill."""
    row = await billing_watches.find_open(session, tenant, line_id)
    if row is not None:
        row.state = billing_watches.ENDED
        await session.flush()
        await tasks.close_thing(session, tenant, row.id, outcome=_OVER, at=at)


async def due(session: Session, at: datetime, limit: int) -> list[BillingWatchRow]:
    """Those whose last day may have come; which day it is depends on the tenant's time zone."""
    return await billing_watches.due(session, (at + timedelta(days=1)).date(), limit)


async def ask(session: Session, found: BillingWatchRow, at: datetime) -> tuple[Order, OrderEvent] | None:
    """Open the task to check the bill, for the nearest owner of the line's account, else for the admins.

    Returns the event; None if it isn't the day yet, or the watch is over.
    """
    ref = OrderRef(tenant=found.tenant, id=found.order_id)
    await lock_order(session, ref)
    row = await billing_watches.lock(session, found)
    policy = await policy_versions.newest(session, row.tenant)
    if row.state != billing_watches.WATCHING or row.until > _local_day(policy, at):
        return None
    row.state = billing_watches.ASKED
    line = await session.get_one(LineRow, (row.tenant, row.line_id))
    owners = await account_tree.nearest_owners(session, row.tenant, line.account_id)
    data = {
        "thing": row.id,
        "item_id": row.item_id,
        "person_id": next(iter(owners), None),
        "line": formatting.phone_number(line.mdn) if line.mdn else "The line",
        "last_day": row.no_charges_after.isoformat(),
        "disconnected": formatting.day(row.no_charges_after),
    }
    return await append_outside(session, ref, BILL_CHECK, actor=SYSTEM, at=at, data=data)


def _local_day(policy: Policy, at: datetime) -> date:
    return at.astimezone(ZoneInfo(policy.time_zone)).date()
