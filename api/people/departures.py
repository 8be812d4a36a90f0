"""What a person leaves behind, and the end of their access."""

from collections.abc import Collection
from datetime import datetime

from api.deps import Access, Services
from api.inventory import operations as inventory
from api.inventory.schemas import DeviceQuery, LineQuery
from api.leaves import starting
from api.leaves.checklist import leave_order
from api.orders.order_list import newest_orders
from api.orders.schemas import AccountView, PersonView
from api.people.operations import card, find_row
from api.people.person_changes import check_admin_left, locked
from api.people.schemas import ApprovalToPassOn, Departure, PersonCard, ReasonIn
from models import formatting
from models.approval_plan import Approver
from models.db import deactivation
from models.db.accounts import account_tree, cost_centers
from models.db.approvals import approval_requests
from models.db.approvals.approval_requests import PendingRequest
from models.db.catalog import policy_versions
from models.db.facts.base import for_order
from models.db.leaves import leaves
from models.db.orders import order_rows
from models.db.orders.order_list import OrderFilters
from models.db.people import lookup, person_changes
from models.db.session import Session
from models.db.sites import sites
from models.errors import ActionNotAllowed
from models.leave import LeaveState
from models.order import OrderRef
from outbox import handovers
from outbox.approver_monitor import find_successor
from policies.access import Right
from policies.deadlines import local_day

MAX_SHOWN = 100


async def departure(services: Services, access: Access, person_id: str) -> Departure:
    """Raises NotFound."""
    async with services.database.read() as session:
        row = await find_row(session, access, person_id)
        accounts = await account_tree.by_ids(session, row.tenant, row.owns)
        centers = await cost_centers.owned_by(session, row.tenant, row.id)
        pending = await approval_requests.pending_for(session, row.tenant, row.id, limit=MAX_SHOWN)
        first = await handovers.next_approver(session, row)
        approvals = [await _to_pass_on(session, one, first) for one in pending]
        own_sites = await sites.of_contact(session, row.tenant, row.id)
        reports = await lookup.reports_to(session, row.tenant, row.id)
        leave = await leaves.latest(session, row.tenant, row.id)
        stops = leave is not None and leave.state == LeaveState.OPEN and leave.ended_at is not None
        undone = await starting.undone(session, leave) if leave and stops else []
    of_person = {"holder": person_id, "limit": MAX_SHOWN}
    orders = await newest_orders(
        services,
        access.for_right(Right.ORDER_READ),
        OrderFilters(involves=person_id, is_open=True),
        limit=MAX_SHOWN,
    )
    lines = await inventory.list_lines(services, access.for_right(Right.LINE_READ), LineQuery(**of_person))
    devices = await inventory.list_devices(services, access.for_right(Right.DEVICE_READ), DeviceQuery(**of_person))
    return Departure(
        orders=orders.items,
        approvals=approvals,
        lines=lines.items,
        devices=devices.items,
        accounts=[AccountView.model_validate(one) for one in accounts.values()],
        cost_centers=[one.code for one in centers],
        sites=[one.name for one in own_sites],
        reports=[PersonView.model_validate(one) for one in reports],
        stops_leave=stops,
        undone=[leave_order(one) for one in undone],
    )


async def deactivate(services: Services, access: Access, person_id: str, body: ReasonIn) -> PersonCard:
    """End a person's access at once. Idempotent. Raises NotFound, ActionNotAllowed."""
    return await services.database.run_long(_deactivate, access, person_id, body.reason, services.now())


async def _deactivate(session: Session, access: Access, person_id: str, reason: str, at: datetime) -> PersonCard:
    tenant = access.person.tenant
    today = local_day(await policy_versions.newest(session, tenant), at)
    admins = await person_changes.lock_admins(session, tenant, today)
    row = await locked(session, access, person_id)
    check_deactivation(access.person.id, row.id, admins, leaving={row.id})
    await deactivation.deactivate(session, row, by=access.audit_actor, reason=reason, at=at)
    return await card(session, row)


def check_deactivation(by: str | None, person_id: str, admins: Collection[str], *, leaving: Collection[str]) -> None:
    """`by` is None for an operator. Raises ActionNotAllowed."""
    if person_id == by:
        raise ActionNotAllowed("You can't deactivate yourself. Ask another admin.")
    check_admin_left(person_id, admins, leaving=leaving)


async def reactivate(services: Services, access: Access, person_id: str, body: ReasonIn) -> PersonCard:
    """Let a person sign in again as before; what was ended stays ended. Idempotent. Raises NotFound.

    A leave that has ended their access is stopped, as on its page.
    """
    return await services.database.run(_reactivate, access, person_id, body.reason, services.now())


async def _reactivate(session: Session, access: Access, person_id: str, reason: str, at: datetime) -> PersonCard:
    row = await locked(session, access, person_id)
    await deactivation.reactivate(session, row, by=access.audit_actor, reason=reason, at=at)
    leave = await leaves.lock_open(session, row.tenant, row.id)
    if leave and leave.ended_at:
        await starting.cancel(session, row, leave, by=access.audit_actor, at=at)
    return await card(session, row)


async def _to_pass_on(session: Session, pending: PendingRequest, first: Approver | None) -> ApprovalToPassOn:
    order, found = pending.order, pending.approval
    today = await for_order(
        session, order, await order_rows.items_of(session, OrderRef(tenant=order.tenant, id=order.id)), needs=()
    )
    of_order = await approval_requests.approvals_of(session, order)
    stage = [row for row in of_order if (row.round, row.stage) == (found.round, found.stage)]
    to = find_successor(today, order, stage, found, first=first)
    return ApprovalToPassOn(
        order=order.number,
        title=formatting.order_title(order.title),
        due_at=found.due_at,
        to=PersonView(id=to.person_id, name=to.name) if to else None,
    )
