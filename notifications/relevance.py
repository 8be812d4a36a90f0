"""Whether a mail is still true when its turn comes; one that is not is skipped, and its history says why."""

from datetime import datetime

from models.db.approvals.approval_links import EXPLANATIONS, LinkStatus, content_hash, standing
from models.db.approvals.tables import ApprovalLinkRow
from models.db.notifications.tables import NotificationRow
from models.db.order_details import OrderDetails
from models.db.orders.tables import ItemRow
from models.db.people.tables import PersonRow
from notifications.event_emails import EventEmail


def outdated(
    mail: EventEmail,
    row: NotificationRow,
    *,
    dossier: OrderDetails,
    person: PersonRow | None,
    link: ApprovalLinkRow | None,
    at: datetime,
) -> str | None:
    """Why the mail must not go out any more; None when it is still true. `person` is the recipient."""
    return _unreachable(row, person) or (_dead(dossier, link, at) if mail.link else _passed(mail, row, dossier))


def _unreachable(row: NotificationRow, person: PersonRow | None) -> str | None:
    if person is None or not person.active:
        return "The recipient is not active any more."
    if person.email != row.address:
        return "The recipient's address has changed."
    return None


def _passed(mail: EventEmail, row: NotificationRow, dossier: OrderDetails) -> str | None:
    if mail.while_in and dossier.order.status not in mail.while_in:
        return f"The order is {dossier.order.status} by now."
    if mail.while_item and not any(item.state in mail.while_item for item in _items(row, dossier)):
        return "The item is further on by now."
    if _overtaken(mail, row, dossier):
        return "What it announces has happened, or was mended, by now."
    return None


def _overtaken(mail: EventEmail, row: NotificationRow, dossier: OrderDetails) -> bool:
    item = next((event.data.get("item_id") for event in dossier.events if event.seq == row.seq), None)
    later = (event for event in dossier.events if event.seq > row.seq and event.data.get("item_id") == item)
    return any(event.event in mail.until for event in later)


def _items(row: NotificationRow, dossier: OrderDetails) -> list[ItemRow]:
    """The item the entry names, or all of them."""
    named = next((event.data.get("item_id") for event in dossier.events if event.seq == row.seq), None)
    return [item for item in dossier.items if named in {None, item.id}]


def _dead(dossier: OrderDetails, link: ApprovalLinkRow | None, at: datetime) -> str | None:
    approval = next((one for one in dossier.approvals if link and one.id == link.approval_id), None)
    if link is None or approval is None:
        return EXPLANATIONS[LinkStatus.REVOKED]
    found = standing(link, approval, content=content_hash(dossier.order, dossier.items), at=at)
    return EXPLANATIONS.get(found)
