"""Opens the order that returns goods of another order, or that looks for them."""

from api.deps import Access, Services
from api.orders.schemas import OrderIn
from api.orders.submit import SubmittedOrder, submit
from api.returns.schemas import NotReceivedIn, StartReturnIn
from models.db.orders import idempotency, order_rows, order_values
from models.db.returns import return_cases
from models.errors import ActionNotAllowed, InvalidRequest
from models.lifecycle import Action, ItemState, Status, check_action
from models.order import OrderRef
from models.questions.device import DEVICE_HELD
from models.questions.returns import RETURN_CAUSE
from models.returns import ReturnCause
from policies.access import Right, required_right
from policies.possible_actions import is_possible


async def open_return(
    services: Services,
    access: Access,
    action: Action,
    ref: str,
    body: StartReturnIn | NotReceivedIn,
    *,
    key: str | None,
) -> SubmittedOrder:
    """Submit the order, by the rules of its type. Raises OrderClosed, ActionNotAllowed, OrderRejected."""
    kind = next(kind for kind in services.order_types.values() if kind.returns)
    device_id = await _device_of(services, access, action, ref, body.item, key=key)
    cause = ReturnCause.NOT_RECEIVED if action is Action.REPORT_NOT_RECEIVED else ReturnCause.UNWANTED
    answers = {RETURN_CAUSE.code: cause, **body.answers, DEVICE_HELD.code: device_id}
    order = OrderIn(type=kind.code, answers=answers, reason=body.reason)
    access.require_scope(Right.ORDER_SUBMIT)
    return await submit(services, access.for_right(Right.ORDER_SUBMIT), order, key)


async def _device_of(
    services: Services, access: Access, action: Action, ref: str, number: int, *, key: str | None
) -> str:
    """The id of the device of an item that has shipped, or that an earlier request with this key was about."""
    async with services.database.read() as session:
        found = await order_rows.find(session, access.person, ref)
        status = Status(found.row.status)
        access.check(found.relations, required_right(action, status))
        person = access.person
        is_repeated = key is not None and await idempotency.find(session, person.tenant, person.id, key) is not None
        if not is_repeated:
            check_action(action, status)
        order_ref = OrderRef(tenant=found.row.tenant, id=found.row.id)
        items = await order_rows.items_of(session, order_ref)
        item = next((item for item in items if item.number == number), None)
        if item is None:
            raise InvalidRequest(f"This order has no item {number}.", field="item")
        device_id = (await return_cases.devices_on_way(session, order_ref)).get(item.id)
        order, now = order_values.from_rows(found.row, items), await session.now()
        is_shipped = is_possible(action, order, status, [ItemState(item.state)], now)
        if device_id is None or not (is_repeated or is_shipped):
            raise ActionNotAllowed("This item hasn't shipped, or has ended.", field="item")
        open_return = (await return_cases.open_of_items(session, order_ref)).get(item.id)
        if open_return is not None and not is_repeated:
            raise ActionNotAllowed(f"Order {open_return.number} is about this item already.", field="item")
    return device_id
