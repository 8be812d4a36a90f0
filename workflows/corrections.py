"""What the carrier has refused because of an answer: it is asked for again, and sent as another round."""

from collections.abc import Sequence

from temporalio import workflow

from activities.corrections import CorrectInput, CorrectionActivities
from models import questions
from models.errors import ActionNotAllowed, AlreadyDecided, InvalidRequest
from models.events.waiting import CORRECTED, REFUSED
from models.lifecycle import ItemState
from models.order import Item, OrderEvent
from models.order_messages import Correction
from models.order_type import FrozenType
from models.step import Place
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.state import OrderState


def correctable(kind: FrozenType, needs: Sequence[str]) -> tuple[str, ...]:
    """Of these questions, those whose answers a person can correct under the same approvals."""
    return tuple(code for code in needs if kind.asks(code) and questions.can_change(code))


def refused_items(state: OrderState) -> list[Item]:
    return [item for item in state.open_items() if state.progress[item.id].state is ItemState.REFUSED]


def refuse(state: OrderState, items: Sequence[Item], needs: Sequence[str], code: str | None, detail: str) -> bool:
    """Ask the requester to correct these items, which the carrier has refused; False if that can't be done."""
    fields = correctable(state.order.type, needs)
    if not fields or state.cancellation is not None:
        return False
    for item in items:
        progress = state.progress[item.id]
        progress.state, progress.refusal = ItemState.REFUSED, {"code": code, "detail": detail}
        progress.to_correct = fields
    state.set_status(state.recompute_status())
    ask_to_correct(state, items)
    return True


def ask_to_correct(state: OrderState, items: Sequence[Item]) -> None:
    """Record why the carrier has refused these items, together."""
    first = state.progress[items[0].id]
    state.record(
        REFUSED,
        items=state.item_snapshots(*items),
        item_id=items[0].id if len(items) == 1 else None,
        code=first.refusal["code"],
        detail=first.refusal["detail"],
        needs=list(first.to_correct),
        ends_at=state.ends_of_wait(items[0]),
    )


def check_correction(state: OrderState, message: Correction) -> None:
    """Raises AlreadyDecided, ActionNotAllowed, InvalidRequest."""
    if state.correction is not None:
        raise AlreadyDecided("This order was corrected already. Open the order to see where it stands.")
    if not refused_items(state):
        raise ActionNotAllowed("The carrier hasn't declined anything that can be corrected.")
    if not message.fields:
        raise InvalidRequest("Enter the correct value.", field="fields")


def correct(state: OrderState, message: Correction) -> None:
    """A PLACE that the carrier has declined waits for it; otherwise the steps of the items do."""
    state.correction, state.is_corrected = message, state.placed


async def wait_for_correction(state: OrderState) -> bool:
    """False if the order is not corrected in time. Raises OrderEnded if it is canceled."""
    await state.wait_until(
        lambda: state.correction is not None or state.cancellation is not None or not refused_items(state)
    )
    if state.cancellation is not None:
        state.raise_canceled()
    return state.correction is not None


async def take_correction(state: OrderState) -> list[Item]:
    """Store the new answers; returns the items that they are about."""
    assert state.correction is not None
    correction, items = state.correction, refused_items(state)

    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        accepted = state.snapshots_with(correction.fields, items)
        corrected = state.next_event(CORRECTED, state.status, actor=correction.actor, items=accepted)
        await workflow.execute_activity_method(
            CorrectionActivities.correct_order,
            CorrectInput(
                ref=state.order.ref,
                item_ids=tuple(item.id for item in items),
                fields=correction.fields,
                corrected=corrected,
                earlier_events=earlier,
            ),
            **db_activity("correct the order"),
        )

    await run_step(state, Place.kind, call)
    state.correction = None
    return items
