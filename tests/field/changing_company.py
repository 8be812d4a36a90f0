"""Changes in the small company while an order waits."""

from collections.abc import Collection
from functools import partial
from typing import Any

from sqlmodel import SQLModel, col, update

from models.db.session import new_id
from models.order import Order
from models.order_messages import OperatorAction
from tests import factories
from tests.workflows.workflow_env import ADMIN, WorkflowEnv


async def change(env: WorkflowEnv, table: type[SQLModel], key: str, value: str, **values: Any) -> None:
    """Change the rows whose column `key` has this value."""
    async with env.database.transaction() as session:
        await session.exec(update(table).where(col(getattr(table, key)) == value).values(values))


async def check_again(env: WorkflowEnv, order: Order) -> None:
    """Say that what held the order is corrected."""
    await env.update(order, "retry", OperatorAction(action_id=new_id(), actor=ADMIN, evidence="Corrected."))


async def approve_all(env: WorkflowEnv, order: Order) -> None:
    """Approve for everyone who is asked, until nobody is."""
    while approvers := await env.pending_approvers(order):
        for approver in approvers:
            await env.approve(order, factories.actor(approver))
            await env.let_workflow_run()
            await env.until(order, lambda: env.pending_approvers(order), partial(_lacks, approver))


def _lacks(approver: str, pending: Collection[str]) -> bool:
    return approver not in pending
