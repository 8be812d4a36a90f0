"""Follows the people who leave: asks them, ends their access, and orders what becomes of their lines and devices."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial

from models.db.encryption import Keyring
from models.db.leaves import leaves
from models.db.leaves.tables import LeaveItemRow, LeaveRow
from models.db.session import Database, Session, new_id, utc_now
from models.errors import ActionNotAllowed, PublicError
from models.order import SYSTEM, NewOrderRequest
from models.order_type import OrderType
from outbox import child_orders, leave_orders, leave_steps
from outbox.leave_orders import ThingToOrder
from outbox.new_orders import Submission
from runtime.periodic import FailureLog, do_each, run_periodically

CHECK_INTERVAL = timedelta(seconds=15)
BATCH = 50
CAUSE = "leaver"
_NO_REQUESTER = "No manager or admin is left in whose name this could be ordered."


class LeaveMonitor:
    """One per worker process. Several may find the same leave; its lock lets one of them follow it."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        order_types: Collection[OrderType],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._order_types = tuple(order_types)
        self._clock = clock

    async def run(self) -> None:
        """Check until canceled."""
        failures = FailureLog("leave_check_failed", "leave_check_recovered")
        await run_periodically(self.run_once, every=CHECK_INTERVAL, failures=failures)

    async def run_once(self) -> None:
        """Follow all that are due, also if one of them fails."""
        at = self._clock()
        async with self._database.transaction() as session:
            found = await leaves.due(session, at, BATCH)
        await do_each(partial(self._follow, at=at), found)

    async def _follow(self, found: LeaveRow, at: datetime) -> None:
        async with self._database.transaction() as session:
            leave = await leave_steps.advance(session, found, at)
            wanted = await leave_orders.wanted(session, self._order_types, leave, at) if leave else []
        if leave is None:
            return
        for one in wanted:
            await self._order(leave, one, at)
        async with self._database.transaction() as session:
            await leave_orders.go_on(session, leave, at)

    async def _order(self, leave: LeaveRow, one: ThingToOrder, at: datetime) -> None:
        """Place an order, or keep why it can't be placed."""
        try:
            async with self._database.transaction() as session:
                await self._place(session, leave, one, at)
        except PublicError as error:
            problem = " ".join(one.detail for one in error.errors) or error.detail
            async with self._database.transaction() as session:
                await _keep_problem(session, leave, one, problem, at)

    async def _place(self, session: Session, leave: LeaveRow, one: ThingToOrder, at: datetime) -> None:
        item = await _lock_item(session, leave, one)
        if item is None:
            return
        requester_id = await leave_orders.requester(session, leave)
        if requester_id is None:
            raise ActionNotAllowed(_NO_REQUESTER)
        request = NewOrderRequest(
            tenant=leave.tenant,
            type=one.order.type,
            requester_id=requester_id,
            beneficiary=one.order.beneficiary,
            answers=one.order.answers,
            items=({},),
        )
        watchers = await leave_orders.admins(session, leave)
        submission = Submission(order_id=new_id(), at=at, actor=SYSTEM, watchers=watchers, cause=CAUSE)
        order = await child_orders.submit(self._keyring, session, request, submission)
        item.step, item.order_id, item.problem = one.order.step, order.id, None


async def _lock_item(session: Session, found: LeaveRow, one: ThingToOrder) -> LeaveItemRow | None:
    """The line or device, locked with its leave; None if the leave is over, or another worker has ordered this."""
    leave = await leaves.lock_open(session, found.tenant, found.person_id)
    if leave is None or leave.id != found.id:
        return None
    item = await leaves.item(session, leave, one.thing, one.thing_id)
    return None if leave_orders.is_ordered(item, one.order.step) else item


async def _keep_problem(session: Session, leave: LeaveRow, one: ThingToOrder, problem: str, at: datetime) -> None:
    """Who decides hears of it once, until it is another one."""
    item = await _lock_item(session, leave, one)
    if item and item.problem != problem:
        item.problem = problem
        await leave_steps.tell_problem(session, leave, problem, at)
