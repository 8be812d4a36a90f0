"""What the checklist of a person who leaves shows."""

from collections.abc import Collection, Mapping

from api.leaves.schemas import LeaveItemView, LeaveOption, LeaveOrder, LeaveView
from api.orders.schemas import PersonView
from models import formatting
from models.db.catalog import policy_versions
from models.db.inventory import held
from models.db.leaves import leaves
from models.db.leaves.tables import LeaveItemRow, LeaveRow
from models.db.orders.tables import OrderRow
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.inventory import NumberOrigin
from models.leave import LeaveState, LeaveThing
from models.leave_choice import offered
from models.order_type import OrderType
from outbox import handovers
from policies.leaving import timetable, without_answer

_NO_ROW = LeaveItemRow(tenant="", leave_id="", thing="", thing_id="")


async def view(
    session: Session, order_types: Collection[OrderType], leave: LeaveRow, *, can_hand_over: bool
) -> LeaveView:
    """`can_hand_over`: whether the reader can name someone who takes things over."""
    person = await lookup.row_of(session, leave.tenant, leave.person_id)
    policy = await policy_versions.newest(session, leave.tenant)
    times = timetable(policy, person.leaves_on, leave.ended_at) if person.leaves_on else None
    orders = await leaves.orders(session, leave)
    to = await lookup.row_by_id(session, leave.tenant, person.successor_id) if person.successor_id else None
    is_coming = leave.state == LeaveState.OPEN and leave.ended_at is None
    return LeaveView(
        **leave.model_dump(include={"state", "immediate", "no_show", "started_at", "ended_at"}),
        person=PersonView.model_validate(person),
        last_day=person.leaves_on,
        owner=await owner(session, person),
        owned=[formatting.capitalized(one) for one in await handovers.owned_by(session, person)],
        successor=PersonView.model_validate(to) if to else None,
        successor_problem=handovers.problem(to, person.id, person.leaves_on) if to and is_coming else None,
        otherwise=without_answer(policy),
        suspends_at=times.suspends_at if times else None,
        disconnects_at=times.disconnects_at if times else None,
        items=await _items(session, order_types, leave, orders, can_hand_over=can_hand_over),
        orders=[leave_order(one) for one in orders.values()],
    )


async def owner(session: Session, person: PersonRow) -> PersonView | None:
    """The manager; None if the person has none who is active."""
    manager = await lookup.row_by_id(session, person.tenant, person.manager_id) if person.manager_id else None
    return PersonView.model_validate(manager) if manager and manager.active else None


def leave_order(row: OrderRow) -> LeaveOrder:
    return LeaveOrder(number=row.number, title=formatting.order_title(row.title), status=row.status)


async def _items(
    session: Session, order_types: Collection[OrderType], leave: LeaveRow, orders: Mapping[str, OrderRow], *,
    can_hand_over: bool,
) -> list[LeaveItemView]:  # fmt: skip
    lines = await held.lines_of(session, leave.tenant, leave.person_id)
    devices = await held.devices_of(session, leave.tenant, leave.person_id)
    known = {(one.thing, one.thing_id): one for one in await leaves.items(session, leave)}
    receivers = await lookup.by_ids(session, leave.tenant, [one.to_id for one in known.values() if one.to_id])

    def shown(thing: LeaveThing, thing_id: str, name: str, status: str, **more: str | bool | None) -> LeaveItemView:
        row = known.get((thing, thing_id), _NO_ROW)
        options = [one for one in offered(thing, order_types) if can_hand_over or not one.to_person]
        if not more.get("on_line") and thing is LeaveThing.DEVICE:
            options = [one for one in options if one.code != "with_line"]
        return LeaveItemView(
            thing=thing, id=thing_id, name=name, status=status, choice=row.choice, problem=row.problem,
            to=receivers.get(row.to_id or ""), order=leave_order(orders[row.order_id]) if row.order_id else None,
            options=[LeaveOption.model_validate(one) for one in options], **more,
        )  # fmt: skip

    numbers = {row.device_id: _number(row.mdn) for row in lines if row.device_id}
    brought = {row.id: _is_own_number(row.number_origin, row.number_brought_by, leave) for row in lines}
    return [
        *(shown(LeaveThing.LINE, row.id, _number(row.mdn), row.status, brought_in=brought[row.id]) for row in lines),
        *(shown(LeaveThing.DEVICE, row.id, name, row.status, on_line=numbers.get(row.id)) for row, name in devices),
    ]


def _number(mdn: str | None) -> str:
    return formatting.phone_number(mdn) if mdn else "No number yet"


def _is_own_number(origin: str | None, brought_by: str | None, leave: LeaveRow) -> bool:
    return origin == NumberOrigin.BROUGHT_IN and brought_by in {None, leave.person_id}
