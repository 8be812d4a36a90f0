"""What carriers report of lines although no order of the company asked for it, noted as a difference."""

from datetime import datetime

from models.carrier_report import told_of
from models.db.carriers import carrier_orders
from models.db.inventory import lines
from models.db.reconciliations import reconciliations
from models.db.session import Session
from models.lifecycle import ItemState
from models.order import CarrierUpdate


async def note(session: Session, carrier: str, update: CarrierUpdate, *, at: datetime) -> None:
    """Note at the lines what an order says that isn't ours, once it is done. No line changes."""
    for item in (item for item, state in update.states if state is ItemState.DONE):
        line = await lines.named_by_carrier(session, carrier, item.identifiers)
        if line is None:
            continue
        if update.carrier_ref and await carrier_orders.is_ours(session, line.tenant, carrier, update.carrier_ref):
            continue
        told = [*told_of(await lines.on_line(session, line), item)]
        await reconciliations.note_event(session, line, told, at=at)
