"""SQL clauses that queries of several aggregates share."""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import ColumnElement, Interval, Subquery, false, func, or_, update
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import col, select

from models.db.catalog.tables import ProductRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.db.sites.tables import SiteRow
from models.db.statement import param
from models.facts import Role
from models.holder import UNASSIGNED
from models.order import Order, OrderRef


def matches(column: Any, other: Any) -> ColumnElement[bool]:
    """`column == other`, and the same for the tenants of their tables."""
    same_tenant = col(column.parent.entity.tenant) == col(other.parent.entity.tenant)
    return same_tenant & (col(column) == col(other))


def belongs_to_order(table: Any, order: Order | OrderRef | OrderRow) -> ColumnElement[bool]:
    """Rows of a table that belong to an order."""
    return (col(table.tenant) == order.tenant) & (col(table.order_id) == order.id)


def belongs_to_person(table: Any, tenant: str, person_id: str) -> ColumnElement[bool]:
    """Rows of a table that belong to a person."""
    return (col(table.tenant) == tenant) & (col(table.person_id) == person_id)


def optional(*filters: tuple[Any, Callable[[Any], ColumnElement[bool]]]) -> list[ColumnElement[bool]]:
    """The clauses of (value, clause) pairs; a pair whose value is None or an empty tuple is left out."""
    return [clause(value) for value, clause in filters if value not in {None, ()}]


def is_reference(references: Collection[str], *columns: Any) -> ColumnElement[bool]:
    """At least one of the columns has one of these references, in whatever case and punctuation; false without any."""
    forms = [func.reference_form(reference) for reference in references]
    return or_(false(), *(func.reference_form(col(column)).in_(forms) for column in columns if forms))


def equals_any(value: str, *columns: Any) -> ColumnElement[bool]:
    """At least one of the columns has this value."""
    return or_(*(col(column) == value for column in columns))


def had_number(number: str) -> ColumnElement[bool]:
    """Lines that had this phone number before they got another one."""
    return col(LineRow.former_numbers).contains([{"number": number}])


def holder_name(person: type[PersonRow], site: type[SiteRow]) -> ColumnElement[str]:
    """The name of the person or site of an outer join with both."""
    return func.coalesce(col(person.name), col(site.name), UNASSIGNED)


def device_name(device: type[DeviceRow], product: type[ProductRow]) -> ColumnElement[str]:
    """What a device of an outer join with its product is called: the product, else its make and model."""
    own = func.concat_ws(" ", col(device.make), col(device.model))
    return func.coalesce(col(product.name), func.nullif(own, ""), "Device")


def site_contacts() -> Subquery:
    """The `tenant`, `id` and `contact_id` of the sites whose contact is active: an inactive one acts for no site."""
    return (
        select(col(SiteRow.tenant), col(SiteRow.id), col(SiteRow.contact_id))
        .join(PersonRow, matches(PersonRow.id, SiteRow.contact_id))
        .where(col(PersonRow.active))
        .subquery()
    )


def active_contact(site_id: Any) -> ColumnElement[str | None]:
    """The id of the contact of the site of a row, if active; or NULL."""
    table, contacts = site_id.parent.entity, site_contacts()
    contact = select(contacts.c.contact_id).where(contacts.c.tenant == table.tenant, contacts.c.id == col(site_id))
    return contact.correlate(table).scalar_subquery()


def acts_for_holder(person_id: Any, site_id: Any) -> ColumnElement[str | None]:
    """The id of the person who acts for the holder of a row: the person, or the contact of the site; or NULL."""
    return func.coalesce(col(person_id), active_contact(site_id))


def acts_for_beneficiary() -> ColumnElement[str]:
    """The id of the person who acts for the beneficiary of an OrderRow; the requester if no one does."""
    representative = acts_for_holder(OrderRow.beneficiary_id, OrderRow.beneficiary_site_id)
    return func.coalesce(representative, col(OrderRow.requester_id))


def has_role(role: Role) -> ColumnElement[bool]:
    """A PersonRow has this role."""
    return col(PersonRow.roles).contains([role.value])


def commits_async() -> ColumnElement[bool]:
    """Always true: as a condition of a change, it keeps the commit from waiting for the disk.

    What isn't on disk is lost if the server of the database crashes at once: only for what is then done again.
    """
    return func.set_config("synchronous_commit", "off", True) == "off"


def claiming(table: Any, *order_by: Any, limit: Any) -> ReturningUpdate[Any]:
    """Claims what is due of a queue, in this sequence, for the length of the parameter `lease`.

    A claim that is lost is made again, and what it was for is done again.
    """
    due = (
        select(table.id)
        .where(col(table.state) == "waiting", col(table.next_attempt_at) <= func.now())
        .order_by(*order_by)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte()  # PostgreSQL may run a plain subquery again for every row
    )
    return (
        update(table)
        .where(col(table.id).in_(select(due.c.id)), commits_async())
        .values(attempts=col(table.attempts) + 1, next_attempt_at=func.now() + param("lease", Interval))
        .returning(table)
    )
