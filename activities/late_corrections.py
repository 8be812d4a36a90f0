"""Taking over what a carrier has corrected about an item after its completion."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from temporalio.exceptions import ApplicationError

from activities import number_changes
from activities.differences import close_differences
from models.db import identifiers_in_use
from models.db.inventory import change_log
from models.db.orders import item_reports
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.db.tasks.tables import TaskRow
from models.effect import Effect
from models.identifiers import LABELS, OF_INVENTORY
from models.inventory import InventoryState
from models.order import Channel, Identifiers, Order
from models.task_action import NOT_POSSIBLE


async def take_over(  # noqa: PLR0917 - a correction is all of these
    session: Session, order: Order, item: ItemRow, effect: Effect, task: TaskRow, at: datetime
) -> None:
    """Once per task. The caller has locked order, item and task. Raises ApplicationError if it can't be done."""
    corrected: Mapping[str, str] = task.evidence["corrected"]
    reported_at, channel = datetime.fromisoformat(task.evidence["reported_at"]), Channel(task.evidence["channel"])
    for used in await identifiers_in_use.in_inventory(session, item, Identifiers(**corrected)):
        raise in_use(used.name, used.holder)
    correct = partial(_correct, item, corrected, reported_at)
    done = await change_log.correct(session, item, task.seq, correct, at)
    if done is not None:
        await close_differences(session, order.tenant, done, at)
        await number_changes.announce(session, order, item, effect, done, at)
        await item_reports.report(session, order.ref, item.id, corrected, at=reported_at, by=channel)


def in_use(name: str, holder: str = "the inventory") -> ApplicationError:
    return _not_possible(f"The {LABELS[name]} is already in use: {holder} has it.")


def _correct(
    item: ItemRow, corrected: Mapping[str, str], reported_at: datetime, state: InventoryState
) -> InventoryState:
    """Only what the item has left as it is: another order may have changed it, or a newer correction."""
    newest = item_reports.corrections(item, Identifiers(**corrected), reported_at)
    for name, value in corrected.items():
        record = getattr(state, OF_INVENTORY[name])
        if name not in newest or record is None or getattr(record, name) != getattr(item, name):
            raise _not_possible(
                f"The {LABELS[name]} has changed since. Check the line, and settle it with a new order."
            )
        state = replace(state, **{OF_INVENTORY[name]: replace(record, **{name: value})})
    return state


def _not_possible(problem: str) -> ApplicationError:
    return ApplicationError(problem, type=NOT_POSSIBLE, non_retryable=True)
