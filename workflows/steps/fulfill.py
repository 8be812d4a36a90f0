"""FULFILL: follow what the carrier reports of an item, in whatever order it arrives."""

from collections.abc import Callable
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.carrier import CarrierActivities, Correction
from models.lifecycle import Event, ItemState
from models.order import Actor, ActorKind, CarrierUpdate, InfoResponse, Item, ItemUpdate, OrderEvent
from models.order_type import Milestone, Step
from workflows.activity_options import order_carrier_activity
from workflows.operator_retry import refusal, run_step
from workflows.progress import ItemEnded, ItemProgress
from workflows.state import OrderState
from workflows.steps.place import cancel_declined

# How far along an item is: news of an earlier point, arriving late, moves nothing back.
_RANK = {
    ItemState.PENDING: 0,
    ItemState.RESERVED: 0,
    ItemState.PLACED: 1,
    ItemState.IN_FULFILLMENT: 2,
    ItemState.BACKORDERED: 2,
    ItemState.INFO_REQUIRED: 2,
    ItemState.SHIPPED: 3,
    ItemState.AWAITING_ACTIVATION: 4,
}

_EVENTS = {
    ItemState.BACKORDERED: Event.BACKORDERED,
    ItemState.INFO_REQUIRED: Event.VENDOR_INFO_REQUIRED,
    ItemState.SHIPPED: Event.SHIPPED,
    ItemState.AWAITING_ACTIVATION: Event.ACTIVATION_NEEDED,
}


async def fulfill(run: OrderState, item: Item) -> None:
    """Wait till the item is in the person's hands, or done where there are no goods."""
    progress = run.progress[item.id]
    while run.corrections or not (progress.fulfilled or _in_hand(progress)):
        if run.corrections:
            await _correct(run, run.corrections.pop(0))
        await until(run, item, lambda: run.corrections or progress.fulfilled or _in_hand(progress))


async def until(run: OrderState, item: Item, condition: Callable[[], object]) -> None:
    """Wait for something about an item; raises ItemEnded when the carrier refuses or cancels it first."""
    progress = run.progress[item.id]
    await workflow.wait_condition(lambda: progress.state.final or bool(condition()))
    if progress.state.final:
        raise ItemEnded


def _in_hand(progress: ItemProgress) -> bool:
    return progress.state is ItemState.AWAITING_ACTIVATION or progress.activation is not None


async def _correct(run: OrderState, reply: InfoResponse) -> None:
    """Pass an answer on to the carrier that asked for it."""

    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        sent = run.next_entry(Event.INFO_PROVIDED, run.status, actor=reply.actor, answer=reply.text)
        fields = (*reply.fields, ("note", reply.text)) if reply.text else reply.fields
        request = Correction(ref=run.order.ref, fields=fields, sent=sent, earlier=earlier)
        await workflow.execute_activity_method(
            CarrierActivities.correct, request, **order_carrier_activity(run.order, "answer the carrier")
        )

    try:
        await run_step(run, Step.FULFILL, call, by_hand=lambda: None)
    except ActivityError as error:
        refused = refusal(error)
        if refused is None:
            raise
        run.note(Event.VENDOR_INFO_REQUIRED, reply.actor, detail=refused.message)


def apply_carrier_update(run: OrderState, news: CarrierUpdate) -> None:
    """Take the carrier's news into account, each event once; the steps that wait see it."""
    if news.event_id in run.heard or run.ending or run.status.final:
        return
    run.heard.add(news.event_id)
    actor = Actor(kind=ActorKind.CARRIER, id=news.carrier, name=news.carrier, channel=news.channel)
    for said in news.items:
        if said.item_id in run.progress and not run.progress[said.item_id].state.final:
            _hear_item(run, actor, said)


def _hear_item(run: OrderState, actor: Actor, said: ItemUpdate) -> None:
    progress = run.progress[said.item_id]
    known = progress.identifiers
    progress.learn(said.identifiers)
    if said.state is ItemState.DONE:
        progress.fulfilled = True
        return
    if progress.fulfilled or not (said.state in _RANK or said.state.final):
        return
    if progress.state in {ItemState.CANCELING, ItemState.FAILED} and not said.state.final:
        progress.resumes = later_state(progress.resumes or said.state, said.state)
        if run.cancel_assessed and progress.state is ItemState.CANCELING:
            cancel_declined(run, "The carrier went on with the order.")
        return
    moved = _move(run, progress, said)
    if moved or progress.identifiers != known:
        _write(run, actor, said, _EVENTS.get(said.state, Event.PROGRESS) if moved else Event.PROGRESS)


def _move(run: OrderState, progress: ItemProgress, said: ItemUpdate) -> bool:
    """Move the item on; returns whether it moved."""
    before = progress.state
    if said.state.final:
        progress.state = said.state
        if said.state is ItemState.REFUSED:
            run.last_refusal = {"code": said.code, "detail": said.detail}
    else:
        progress.state = later_state(before, said.state)
    if _RANK.get(progress.state, 0) >= _RANK[ItemState.SHIPPED]:
        run.reach(Milestone.SHIPPED)
    return progress.state is not before


def later_state(before: ItemState, said: ItemState) -> ItemState:
    """The later of two states; among equals the news counts (back to work after a backorder)."""
    return said if _RANK[said] >= _RANK.get(before, 0) else before


def _write(run: OrderState, actor: Actor, said: ItemUpdate, event: Event) -> None:
    item = next(item for item in run.order.items if item.id == said.item_id)
    run.move(
        run.refold(),
        event,
        actor=actor,
        items=run.marks(item),
        item_id=said.item_id,
        code=said.code,
        detail=said.detail,
        due_at=_due(run, said),
        needs=list(said.needs),
        expected_at=said.expected_at.isoformat() if said.expected_at else None,
    )


def _due(run: OrderState, said: ItemUpdate) -> datetime | None:
    """When the next thing happens by itself: whoever does not activate is reminded."""
    reminders = run.ruling.activation_reminders if run.ruling else ()
    return workflow.now() + reminders[0] if said.state is ItemState.AWAITING_ACTIVATION and reminders else None
