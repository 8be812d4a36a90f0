"""A line that the carrier gave another number: its user accepts that before the inventory has it."""

from temporalio import workflow

from activities.corrections import CorrectInput, CorrectionActivities
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
    """Ask the user; False if they object, or nobody answers in time. Then an operator finds out."""
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


def note_answer(state: OrderState, message: InfoResponse) -> bool:
    """Whether the message is about a new number, and not for the carrier. If both ask, only acceptance is."""
    asked = [progress for progress in state.progress.values() if progress.is_number_open]
    states = [progress.state for progress in state.progress.values() if not progress.is_number_open]
    if not asked or (ItemState.INFO_REQUIRED in states and not _accepts(message)):
        return False
    for progress in asked:
        progress.number_answer = message
    return True


def _accepts(message: InfoResponse) -> bool:
    return dict(message.fields).get(ACCEPT_NEW_NUMBER.code) is True


async def _store(state: OrderState, item: Item, message: InfoResponse) -> None:
    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        answered = state.next_event(
            INFO_PROVIDED,
            state.status,
            actor=message.actor,
            items=state.item_snapshots(item),
            item_id=item.id,
            answer=message.text,
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
