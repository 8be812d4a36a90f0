"""ACTIVATE: the person says which device they hold and the carrier starts service, or the carrier does by itself."""

import asyncio
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.carrier import CarrierActivation, CarrierActivities
from models.lifecycle import Event
from models.order import SYSTEM, Activation, Identifiers, Item, OrderEvent
from models.order_type import Step
from workflows.activity_options import order_carrier_activity
from workflows.operator_retry import refusal, run_step
from workflows.progress import ItemProgress
from workflows.state import OrderState
from workflows.steps.fulfill import until


async def activate(run: OrderState, item: Item) -> None:
    """Wait for the carrier's "active"; pass on what the person says meanwhile."""
    progress = run.progress[item.id]
    reminding = asyncio.create_task(_remind(run, item))
    try:
        told: Activation | None = None
        while not progress.fulfilled:
            await until(run, item, partial(_news_of, progress, told))
            told = progress.activation
            if told is not None and not progress.fulfilled:
                await _tell_carrier(run, item, told)
    finally:
        reminding.cancel()


def _news_of(progress: ItemProgress, told: Activation | None) -> bool:
    return progress.fulfilled or progress.activation is not told


def _by_hand(progress: ItemProgress) -> None:
    """An operator has had the carrier start service on this item."""
    progress.fulfilled = True


async def _remind(run: OrderState, item: Item) -> None:
    """Ask again for the activation; the last time, also whether the device is to go back."""
    reminders = run.ruling.activation_reminders if run.ruling else ()
    since = workflow.now()
    for number, delay in enumerate(reminders, start=1):
        await workflow.sleep(since + delay - workflow.now(), summary=f"activation reminder {number}")
        last = number == len(reminders)
        run.note(Event.ACTIVATION_NEEDED, SYSTEM, item_id=item.id, reminder=number, last=last)


async def _tell_carrier(run: OrderState, item: Item, activation: Activation) -> None:
    progress = run.progress[item.id]
    said = Identifiers(imei=activation.imei, iccid=activation.iccid, eid=activation.eid)

    async def call(earlier: tuple[OrderEvent, ...]) -> None:
        sent = run.next_entry(Event.ACTIVATION_SENT, run.status, actor=activation.actor, item_id=item.id)
        request = CarrierActivation(ref=run.order.ref, item_id=item.id, identifiers=said, sent=sent, earlier=earlier)
        await workflow.execute_activity_method(
            CarrierActivities.activate, request, **order_carrier_activity(run.order, "activate")
        )

    try:
        await run_step(run, Step.ACTIVATE, call, by_hand=partial(_by_hand, progress), item=item)
    except ActivityError as error:
        refused = refusal(error)
        if refused is None:
            raise
        progress.activation = None
        run.note(Event.ACTIVATION_NEEDED, activation.actor, item_id=item.id, detail=refused.message)
    else:
        progress.learn(said)
