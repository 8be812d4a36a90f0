"""RECORD: an event that is special to the order type."""

from models.event import event_of
from models.order import Item
from models.step import Record
from workflows.state import OrderState


async def record(state: OrderState, item: Item, step: Record) -> None:
    state.record(event_of(step.event), item_id=item.id)
