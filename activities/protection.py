"""Protecting lines from changes that their users don't expect."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from temporalio import activity

from activities.history import StepInput, append_events
from models.db.inventory import lines
from models.db.inventory.tables import LineRow
from models.db.orders import order_rows, order_values
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Database, Session
from models.facts import Role
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
            order = await order_values.load(session, request.ref)
            held = await lines.with_holders(session, order.tenant, request.line_ids)
            owners = await _owners(session, order.tenant, {line.account_id for line, holder in held if holder is None})
            event = _with_people(request.event, held, owners)
            await order_rows.add_watchers(session, order.ref, [holder.id for _, holder in held if holder])
            await append_events(session, order, (*request.earlier_events, event))


async def _owners(session: Session, tenant: str, account_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """The names of the owners of these accounts by id; of the tenant's admins for an account without any."""
    return {
        account_id: {
            person.id: person.name
            for person in await lookup.account_owners(session, tenant, account_id)
            or await lookup.with_role(session, tenant, Role.ADMIN)
        }
        for account_id in account_ids
    }


def _with_people(
    event: OrderEvent, held: Iterable[tuple[LineRow, PersonRow | None]], owners: Mapping[str, Mapping[str, str]]
) -> OrderEvent:
    names: dict[str, str] = {}
    numbers: dict[str, list[str]] = {}
    for line, holder in held:
        people = {holder.id: holder.name} if holder else owners[line.account_id]
        if not people:
            raise ValueError(f"the line {line.id} is unassigned, and there is no account owner or admin to notify")
        for person_id in people:
            numbers.setdefault(person_id, []).extend([line.mdn] if line.mdn else [])
        names |= people
    return replace(event, data=(("notified", numbers), ("detail", f"To {join_names(names.values())}.")))
