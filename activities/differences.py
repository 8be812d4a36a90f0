"""Differences between carriers and the inventory that orders settle."""

from datetime import datetime

from models.carrier_report import kinds_changed
from models.db.inventory.change_log import InventoryChange
from models.db.reconciliations import reconciliations
from models.db.session import Session


async def close_differences(session: Session, tenant: str, done: InventoryChange, at: datetime) -> None:
    """The carrier and the company have changed a line alike."""
    before, after = done.before.line, done.after.line
    if before is not None and after is not None:
        changed = kinds_changed(done.before, done.after)
        await reconciliations.close(session, tenant, after.id, changed, at=at)
