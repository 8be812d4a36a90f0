"""Protecting lines from changes that their users don't expect."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from temporalio import activity

from activities.history import StepInput, append_events
from models.db.line_contacts import LineContacts, contacts_of
from models.db.orders import order_rows, order_values
from models.db.session import Database
from models.formatting import join_names
from models.order import OrderEvent


@dataclass(frozen=True, kw_only=True)
class NotifyHolderInput(StepInput):
    """The activity completes `event` with the people who are notified."""

    line_ids: tuple[str, ...]
    event: OrderEvent


class ProtectionActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def notify_holder(self, request: NotifyHolderInput) -> None:
        """Queue a notice to everyone who has one of the lines now, and let them see the order.

        Idempotent: an event is recorded once. Raises ValueError if there is no one to notify about a line.
        """
        async with self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            contacts = await contacts_of(session, order.tenant, request.line_ids)
            event = _with_people(request.event, contacts)
            assigned = [person_id for one in contacts if one.assigned for person_id in one.people]
            await order_rows.add_watchers(session, order.ref, assigned)
            await append_events(session, order, (*request.earlier_events, event))


def _with_people(event: OrderEvent, contacts: Iterable[LineContacts]) -> OrderEvent:
    names: dict[str, str] = {}
    numbers: dict[str, list[str]] = {}
    for one in contacts:
        if not one.people:
            raise ValueError(f"the line {one.line.id} has no user, and there is no account owner or admin to notify")
        for person_id in one.people:
            numbers.setdefault(person_id, []).extend([one.line.mdn] if one.line.mdn else [])
        names |= one.people
    return replace(event, data=(("notified", numbers), ("detail", f"To {join_names(names.values())}.")))
