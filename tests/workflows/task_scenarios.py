"""The scenarios of what Dialtone does about a task, for which golden histories are recorded."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState
from models.order import CancelResult
from tests.field.open_order import Field
from tests.field.test_c10_late_corrections import CORRECTED, completed
from tests.field.test_c10_updates_after_the_end import KNOWN, refused
from tests.field.test_s16_lost_orders import ask, lost, says

TaskScenario = Callable[[Field], Awaitable[TaskRow]]


async def accepted(field: Field) -> TaskRow:
    return await _delivered_after_refusal(field, "accept")


async def ended(field: Field) -> TaskRow:
    return await _delivered_after_refusal(field, "end")


async def declined(field: Field) -> TaskRow:
    """The carrier declines to cancel its order."""
    field.env.carrier.cancel_answer = CancelResult.DECLINED
    return await ended(field)


async def corrected(field: Field) -> TaskRow:
    order = await completed(field)
    await field.event(order, "completed", MDN=CORRECTED["MDN"])
    return await field.act(order, "correct_inventory")


async def asked_again(field: Field) -> TaskRow:
    order = await lost(field)
    says(field, order, ItemState.SHIPPED)
    return await ask(field, order)


async def _delivered_after_refusal(field: Field, choice: str) -> TaskRow:
    order = await refused(field)
    await field.event(order, "completed", **KNOWN)
    return await field.act(order, choice)


TASK_SCENARIOS: Mapping[str, TaskScenario] = MappingProxyType(
    {scenario.__name__: scenario for scenario in (accepted, ended, declined, corrected, asked_again)}
)
