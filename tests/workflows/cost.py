"""What an order may cost: history events, billable actions and bytes in Temporal, statements in the database."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

from models.order import Order
from models.order_type import FrozenType
from models.step import Activate, Receive, Return, carrier_actions
from tests.fixtures.statements import noting_statements
from tests.workflows.fault_injection import delivered_again
from tests.workflows.workflow_env import WorkflowEnv

# Events, actions and KiB of an order that ships, that only needs the carrier, and that does not need a carrier.
BUDGETS = {"shipping": (76, 16, 20), "carrier": (48, 11, 12), "internal": (36, 9, 10)}
# SQL statements of all activities of the order together, emails included.
STATEMENTS = {"shipping": 84, "carrier": 82, "internal": 44}
# And those of asking the carrier once more what the order would cost, and of comparing that with what was approved.
STATEMENTS_OF_QUOTE = 19
# And those of waiting until the desk has received a device, or has looked for a parcel.
STATEMENTS_OF_RECEIPT = 11
# What opening the return of a device adds, which is an order of its own.
RETURN, STATEMENTS_OF_RETURN = (4, 1, 1), 24
# What each order after the first one adds that the carrier gets.
ROUND, STATEMENTS_OF_ROUND = (6, 1, 1), 17
# What a second stage of approval adds. The budget of orders that only need the carrier has two, that of shipping one.
STAGE, STATEMENTS_OF_STAGE = (9, 2, 3), 15


def cost_allowed(kind: FrozenType) -> tuple[int, ...]:
    """Events, actions and KiB."""
    added = ((RETURN, kind.has(Return)), (STAGE, _has_second_stage(kind)), (ROUND, _more_rounds(kind)))
    costs = (cost for cost, times in added for _ in range(times))
    return tuple(map(sum, zip(BUDGETS[budget_of(kind)], *costs, strict=True)))


def statements_allowed(kind: FrozenType) -> int:
    added = (
        (STATEMENTS_OF_QUOTE, kind.quote),
        (STATEMENTS_OF_RECEIPT, kind.has(Receive)),
        (STATEMENTS_OF_RETURN, kind.has(Return)),
        (STATEMENTS_OF_STAGE, _has_second_stage(kind)),
        (STATEMENTS_OF_ROUND, _more_rounds(kind)),
    )
    return STATEMENTS[budget_of(kind)] + sum(statements * times for statements, times in added)


def _more_rounds(kind: FrozenType) -> int:
    return max(0, len(carrier_actions(kind.steps)) - 1)


def _has_second_stage(kind: FrozenType) -> bool:
    return budget_of(kind) == "shipping" and kind.approval == "MANAGER_THEN_ADMIN"


def budget_of(kind: FrozenType) -> str:
    if not kind.with_carrier:
        return "internal"
    return "shipping" if kind.has(Activate) else "carrier"


@asynccontextmanager
async def statements_of(env: WorkflowEnv, order: Order) -> AsyncIterator[Counter[str]]:
    """The order's SQL statements by activity; those of an activity that is delivered again do not count."""
    counts: Counter[str] = Counter()

    def count(_: str) -> None:
        if activity.in_activity() and not delivered_again.get() and activity.info().workflow_id == order.workflow_id:
            counts[activity.info().activity_type] += 1

    async with noting_statements(env.database, count):
        yield counts
