"""People who never started: what was ordered for them is canceled or goes back."""

from datetime import datetime

from api.deps import Access, Services
from api.inventory import operations as inventory
from api.inventory.schemas import DeviceQuery, LineQuery
from api.leaves import starting
from api.orders.order_list import newest_orders
from api.people.departures import MAX_SHOWN
from api.people.operations import card, find_row
from api.people.person_changes import locked
from api.people.schemas import NoShow, PersonCard
from models.audit import AuditActor
from models.db.catalog import policy_versions
from models.db.leaves import leaves
from models.db.orders import open_orders, order_rows, order_values
from models.db.orders.order_list import OrderFilters
from models.db.orders.tables import OrderRow
from models.db.outbox import messages
from models.db.people import person_changes
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.errors import ActionNotAllowed
from models.leave import LeaveState
from models.lifecycle import Action, ItemState, Status
from models.order import OrderRef
from policies.access import Right
from policies.deadlines import local_day
from policies.joining import may_be_no_show
from policies.possible_actions import is_possible


async def preview(services: Services, access: Access, person_id: str) -> NoShow:
    """Raises NotFound, ActionNotAllowed."""
    async with services.database.read() as session:
        row = await find_row(session, access, person_id)
        await _check(session, row, services.now())
        known = await open_orders.for_people(session, row.tenant, [row.id])
        canceled = {one.number for one in known if await _can_cancel(session, one, services.now())}
    filters = OrderFilters(involves=person_id, is_open=True)
    orders = await newest_orders(services, access.for_right(Right.ORDER_READ), filters, limit=MAX_SHOWN)
    others = {one.number for one in known} - canceled
    of_person = {"holder": person_id, "limit": MAX_SHOWN}
    lines = await inventory.list_lines(services, access.for_right(Right.LINE_READ), LineQuery(**of_person))
    devices = await inventory.list_devices(services, access.for_right(Right.DEVICE_READ), DeviceQuery(**of_person))
    return NoShow(
        canceled=[one for one in orders.items if one.number in canceled],
        others=[one for one in orders.items if one.number in others],
        lines=lines.items,
        devices=devices.items,
    )


async def report(services: Services, access: Access, person_id: str) -> PersonCard:
    """Cancel what can be canceled, end access, and have the rest returned. Idempotent.

    Raises NotFound, ActionNotAllowed.
    """
    return await services.database.run(_report, access, person_id, services.now())


async def _report(session: Session, access: Access, person_id: str, at: datetime) -> PersonCard:
    today = local_day(await policy_versions.newest(session, access.person.tenant), at)
    await person_changes.lock_admins(session, access.person.tenant, today)
    row = await locked(session, access, person_id)
    known = await leaves.latest(session, row.tenant, row.id)
    if known is None or not known.no_show or known.state != LeaveState.OPEN:
        await _check(session, row, at)
        await _cancel_orders_and_start_leave(session, row, by=access.audit_actor, at=at)
    return await card(session, row)


async def _cancel_orders_and_start_leave(session: Session, row: PersonRow, *, by: AuditActor, at: datetime) -> None:
    """Cancel the orders for a person that can be canceled; the leave does the rest."""
    for order in await open_orders.for_people(session, row.tenant, [row.id]):
        if await _can_cancel(session, order, at):
            message = starting.cancellation(order, by=by, reason=f"{row.name} didn't start.")
            await messages.enqueue(session, message, notify_relay=True)
    today = local_day(await policy_versions.newest(session, row.tenant), at)
    await starting.start(session, row, today, immediate=True, no_show=True, by=by, at=at)


async def _check(session: Session, row: PersonRow, at: datetime) -> None:
    policy = await policy_versions.newest(session, row.tenant)
    if not row.active or not may_be_no_show(policy, row.starts_on, local_day(policy, at)):
        raise ActionNotAllowed(
            f"This is for people who were to start within the last {policy.start_days_ahead} days, or later. If "
            f"{row.name} leaves, start their leave instead."
        )


async def _can_cancel(session: Session, row: OrderRow, at: datetime) -> bool:
    ref = OrderRef(tenant=row.tenant, id=row.id)
    items = await order_rows.items_of(session, ref)
    order, states = order_values.from_rows(row, items), [ItemState(one.state) for one in items]
    return is_possible(Action.CANCEL, order, Status(row.status), states, at)
