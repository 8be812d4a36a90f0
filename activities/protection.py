"""Protecting lines from changes that their users don't expect."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from temporalio import activity

from activities.history import StepInput, append_events
from models.db import rules_in_force
from models.db.line_contacts import LineContacts, contacts_of
from models.db.orders import order_rows, order_values
from models.db.session import Database
from models.formatting import day, join_names, phone_number
from models.order import OrderEvent
from models.rule_kinds.disconnection import published_last_day
from policies import deadlines

NOT_SAID = "The carrier doesn't say how long it keeps old numbers."


@dataclass(frozen=True, kw_only=True)
class NotifyHolderInput(StepInput):
    """The activity completes `event` with the people who are notified."""

    line_ids: tuple[str, ...]
    event: OrderEvent


@dataclass(frozen=True, kw_only=True)
class NumberAtRiskInput(StepInput):
    """The activity completes `event` with the number of the line, and until when the carrier can be asked for it."""

    line_id: str
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

    @activity.defn
    async def report_number_at_risk(self, request: NumberAtRiskInput) -> None:
        """Open the task to ask the carrier for the number. Idempotent: an event is recorded once."""
        async with self._database.transaction() as session:
            order = await order_values.lock(session, request.ref)
            policy, rules = await rules_in_force.load(session, order.tenant, request.event.at)
            last = published_last_day(rules.of(order.carrier or ""), deadlines.local_day(policy, request.event.at))
            (contacts,) = await contacts_of(session, order.tenant, [request.line_id])
            number = contacts.line.mdn
            data = (
                *request.event.data,
                ("number", phone_number(number) if number else "of the line"),
                ("kept", f"It can be asked for until {day(last)}." if last else NOT_SAID),
            )
            await append_events(session, order, (*request.earlier_events, replace(request.event, data=data)))


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
