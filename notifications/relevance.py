"""Whether a queued email is still true when it is about to be sent; if not, it is skipped and the reason kept."""

from datetime import datetime

from models.db.approvals.approval_links import EXPLANATIONS, LinkStatus, content_hash, link_status
from models.db.approvals.tables import ApprovalLinkRow
from models.db.notifications.tables import NotificationRow
from models.db.order_details import OrderDetails
from models.db.people.tables import PersonRow
from models.db.tasks.tables import TaskRow
from models.event import EventEmail
from models.status_labels import label
from models.task import TaskStatus


def skip_reason(
    email: EventEmail,
    row: NotificationRow,
    *,
    details: OrderDetails,
    person: PersonRow,
    link: ApprovalLinkRow | None,
    task: TaskRow | None,
    at: datetime,
) -> str | None:
    """Why not to send the email to `person`; None if it is still true. `task` is the one that its event opened."""
    if email.has_switch and email.name in details.switched_off:
        return "Your company switched this email off."
    if not person.active:
        return "The recipient is no longer active."
    if person.email != row.address and not email.always:
        return "The recipient's address has changed."
    if task is not None and task.state != TaskStatus.OPEN:
        return "The task is settled."
    return _link_problem(details, link, at) if email.link else _outdated(email, row, details)


def _outdated(email: EventEmail, row: NotificationRow, details: OrderDetails) -> str | None:
    item_id = next((event.data.get("item_id") for event in details.events if event.seq == row.seq), None)
    states = {item.state for item in details.items if item_id in {None, item.id}}
    later = {event.event for event in details.events if event.seq > row.seq and event.data.get("item_id") == item_id}
    if email.while_status and details.order.status not in email.while_status:
        return f"The order's status is now {label(details.order.status).lower()}."
    if email.while_item_state and email.while_item_state.isdisjoint(states):
        return "The item has moved on."
    if not email.until.isdisjoint(later):
        return "A later event made this email outdated."
    return None


def _link_problem(details: OrderDetails, link: ApprovalLinkRow | None, at: datetime) -> str | None:
    approval = next((approval for approval in details.approvals if link and approval.id == link.approval_id), None)
    if link is None or approval is None:
        return EXPLANATIONS[LinkStatus.REVOKED]
    return EXPLANATIONS.get(link_status(link, approval, content=content_hash(details.order, details.items), at=at))
