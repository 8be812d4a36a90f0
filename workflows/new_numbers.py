"""A line that the carrier gave another number: its user accepts that before the inventory has it."""

from typing import Any

from temporalio import workflow

from activities.corrections import CorrectInput, CorrectionActivities
from models.errors import ActionNotAllowed
from models.events.approval import INFO_PROVIDED
from models.events.fulfillment import NEW_NUMBER
from models.lifecycle import ItemState
from models.order import Item, OrderEvent
from models.order_messages import InfoResponse
from models.questions.resumption import ACCEPT_NEW_NUMBER
from models.step import Apply
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.state import OrderState


async def have_accepted(state: OrderState, item: Item) -> bool:
    """Ask the user; False if they object, or nobody answers in time. Then an operator finds out.

    While a step has failed, nobody can answer: the user is asked once it has been repaired.
    """
    await workflow.wait_condition(lambda: not state.failures or state.canceled_without_carrier)
    if state.canceled_without_carrier:
        return False
    progress = state.progress[item.id]
    before, progress.state = progress.state, ItemState.INFO_REQUIRED
    progress.is_number_open, progress.number_answer = True, None
    state.set_status(state.recompute_status())
    ask(state, item)
    await workflow.wait_condition(
        lambda: (
            progress.number_answer is not None
            or not progress.is_number_open
            or progress.state is not ItemState.INFO_REQUIRED
            or state.canceled_without_carrier
        )
    )
    progress.is_number_open = False
    if progress.state is ItemState.INFO_REQUIRED:
        progress.state = before
        state.set_status(state.recompute_status())
    if progress.number_answer is None:
        return False
    await _store(state, item, progress.number_answer)
    return _accepts(progress.number_answer)


def ask(state: OrderState, item: Item) -> None:
    """Ask the user, who has an email each time."""
    state.record(
        NEW_NUMBER,
        items=state.item_snapshots(item),
        item_id=item.id,
        needs=[ACCEPT_NEW_NUMBER.code],
        new_number=True,
        ends_at=state.ends_of_wait(item),
    )


def check_answer(state: OrderState, item_id: str) -> None:
    """Raises ActionNotAllowed."""
    progress = state.progress.get(item_id)
    if progress is None or not progress.is_number_open or progress.number_answer is not None:
        raise ActionNotAllowed("This item has no new number to accept.", field="item")


def note_answer(state: OrderState, item_id: str, message: InfoResponse) -> None:
    state.progress[item_id].number_answer = message


def _accepts(message: InfoResponse) -> bool:
    return dict(message.fields).get(ACCEPT_NEW_NUMBER.code) is True


def _still_asked(state: OrderState) -> dict[str, Any]:
    """What the order waits for after the answer, if another item has a new number, too."""
    asked = [item for item in state.open_items() if state.progress[item.id].is_number_open]
    return {"new_number": True, "ends_at": state.ends_of_wait(asked[0])} if asked else {}


async def _store(state: OrderState, item: Item, message: InfoResponse) -> None:
    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        answered = state.next_event(
            INFO_PROVIDED,
            state.status,
            actor=message.actor,
            items=state.item_snapshots(item),
            item_id=item.id,
            answer=message.text,
            **_still_asked(state),
        )
        stored = CorrectInput(
            ref=state.order.ref,
            item_ids=(item.id,),
            fields=message.fields if _accepts(message) else (),
            corrected=answered,
            earlier_events=earlier,
        )
        await workflow.execute_activity_method(
            CorrectionActivities.correct_order, stored, **db_activity("store the answer")
        )

    await run_step(state, Apply.kind, call, item=item)
