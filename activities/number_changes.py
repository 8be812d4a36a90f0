"""What follows when a line gets another phone number."""

from datetime import datetime

from models import formatting
from models.audit import AuditAction, AuditActor, AuditSubject
from models.db.accounts import critical_numbers
from models.db.audit import audit_log
from models.db.inventory.change_log import InventoryChange
from models.db.line_contacts import contacts_of
from models.db.order_events import append_outside
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.effect import Effect
from models.events.number_change import NUMBER_CHANGED
from models.order import SYSTEM, Channel, Order
from notifications.enqueue import enqueue_emails


async def announce(  # noqa: PLR0917 - what was done, for which item of which order
    session: Session, order: Order, item: ItemRow, effect: Effect, done: InventoryChange, at: datetime
) -> None:
    """Tell the people who have the line, and the owners of its account, that an order for another number is done.

    Accounts that list the old number as critical list the new one from then on.
    """
    before, after = done.before.line, done.after.line
    if "mdn" not in effect.renews or before is None or after is None:
        return
    if before.mdn is None or after.mdn in {None, before.mdn}:
        return
    await _keep_protected(session, order, before.mdn, str(after.mdn), at)
    (contacts,) = await contacts_of(session, order.tenant, [after.id])
    data = {
        "item_id": item.id,
        "account_id": after.account_id,
        "holder_ids": [*contacts.people],
        "old": formatting.phone_number(before.mdn),
        "new": formatting.phone_number(str(after.mdn)),
    }
    noted, event = await append_outside(session, order.ref, NUMBER_CHANGED, actor=SYSTEM, at=at, data=data)
    await enqueue_emails(session, noted, event)


async def _keep_protected(session: Session, order: Order, before: str, after: str, at: datetime) -> None:
    by = AuditActor(id=None, name=f"Order {order.number}", channel=Channel.SYSTEM, address="")
    for account in await critical_numbers.follow(session, order.tenant, before=before, after=after):
        await audit_log.record(
            session,
            AuditAction.CRITICAL_NUMBERS_CHANGED,
            by=by,
            to=AuditSubject(tenant=account.tenant, id=None, name=account.name),
            at=at,
            account=account.number,
            before=[formatting.mask(before)],  # also for auditors, who see no identifiers
            after=[formatting.mask(after)],
        )
