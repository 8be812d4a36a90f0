"""Row-level visibility: how a person relates to rows, as SQL clauses that filter rows and label them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    TEXT,
    BindParameter,
    ColumnElement,
    SQLColumnExpression,
    String,
    any_,
    false,
    literal,
    or_,
    select,
    true,
)
from sqlmodel import col

from models.db.accounts.tables import AccountRow
from models.db.approvals.tables import ApprovalRow
from models.db.clauses import acts_for_holder, matches
from models.db.hierarchy import accounts_below, is_below
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.db.sites.tables import SiteRow
from models.db.statement import param
from models.db.tasks.tables import TaskRow
from models.facts import Person, Relation

RelationClauses = Mapping[Relation, ColumnElement[bool]]


@dataclass(frozen=True, kw_only=True)
class AnyPerson:
    """Stands for a person in a `Statement`, which is composed once for all of them."""

    tenant: BindParameter[str]
    id: BindParameter[str]
    owns: BindParameter[list[str]]
    roles: BindParameter[list[str]]


@dataclass(frozen=True, kw_only=True)
class KnownViewer:
    """A person with the ids of everyone below them and of all accounts that they own; None for more than a few.

    A list that is read row by row compares each with these, instead of looking each up.
    """

    person: Person
    below: Collection[str] | None
    accounts: Collection[str] | None

    @property
    def tenant(self) -> str:
        return self.person.tenant

    @property
    def id(self) -> str:
        return self.person.id


Viewer = Person | AnyPerson | KnownViewer
ANYONE = AnyPerson(
    tenant=param("tenant", String),
    id=param("viewer", String),
    owns=param("viewer_owns", ARRAY(String)),
    roles=param("viewer_roles", ARRAY(String)),
)


def values_of_viewer(person: Person) -> dict[str, Any]:
    """The parameters of a statement that names `ANYONE`, but for their roles."""
    return {"tenant": person.tenant, "viewer": person.id, "viewer_owns": sorted(person.owns)}


def values_for_task(person: Person) -> dict[str, Any]:
    """Those of a statement with the task relations of `ANYONE`."""
    return {"tenant": person.tenant, "viewer": person.id, "viewer_roles": sorted(person.roles)}


@dataclass(frozen=True, kw_only=True)
class InventoryViewer:
    """A person who sees only the lines or devices they have one of these relations to; all of them for None."""

    person: Person
    relations: Collection[Relation] | None

    def sees(self, table: type[LineRow] | type[DeviceRow]) -> ColumnElement[bool]:
        """A clause over the rows of the table."""
        return visible(inventory_relations(self.person, table), self.relations)


def order_relations(person: Viewer) -> RelationClauses:
    """Clauses over `OrderRow`."""
    approval = (
        select(col(ApprovalRow.id))
        .where(
            col(ApprovalRow.tenant) == col(OrderRow.tenant),
            col(ApprovalRow.order_id) == col(OrderRow.id),
            col(ApprovalRow.approver_id) == person.id,
        )
        .correlate(OrderRow)
    )
    beneficiary = acts_for_holder(OrderRow.beneficiary_id, OrderRow.beneficiary_site_id)
    return {
        Relation.SELF: (col(OrderRow.requester_id) == person.id) | (beneficiary == person.id),
        Relation.MANAGER: _manages(person, beneficiary),
        Relation.OWNER: _owned(person, col(OrderRow.account_id)),
        Relation.APPROVER: approval.exists() if isinstance(person, AnyPerson) else _asked(person),
        Relation.DECIDER: approval.where(col(ApprovalRow.state) == "pending").exists(),
        Relation.WATCHER: any_(col(OrderRow.watchers)) == person.id,
    }


def inventory_relations(person: Person | KnownViewer, table: type[LineRow] | type[DeviceRow]) -> RelationClauses:
    """Clauses over lines or devices."""
    holder = acts_for_holder(table.person_id, table.site_id)
    return {
        Relation.SELF: holder == person.id,
        Relation.MANAGER: _manages(person, holder),
        Relation.OWNER: _owned(person, col(table.account_id)),
    }


def person_relations(person: Viewer) -> RelationClauses:
    """Clauses over `PersonRow`."""
    return {
        Relation.SELF: col(PersonRow.id) == person.id,
        Relation.MANAGER: _manages(person, col(PersonRow.id)),
        Relation.OWNER: _owned(person, col(PersonRow.account_id)),
    }


def site_relations(person: Viewer) -> RelationClauses:
    """Clauses over `SiteRow`: the relations to its contact, and to its account."""
    contact = col(SiteRow.contact_id)
    active = select(col(PersonRow.id)).where(matches(PersonRow.id, SiteRow.contact_id), col(PersonRow.active))
    is_active = active.correlate(SiteRow).exists()
    return {
        Relation.SELF: (contact == person.id) & is_active,
        Relation.MANAGER: _manages(person, contact) & is_active,
        Relation.OWNER: _owned(person, col(SiteRow.account_id)),
    }


def task_relations(person: Person | AnyPerson) -> RelationClauses:
    """The clause over `TaskRow`."""
    own = col(TaskRow.person_id).is_not_distinct_from(person.id)
    roles = person.roles if isinstance(person, AnyPerson) else literal(sorted(person.roles), ARRAY(String))
    return {Relation.ASSIGNEE: own | (col(TaskRow.role).is_not(None) & (col(TaskRow.role) == any_(roles)))}


def account_relations(person: Person) -> RelationClauses:
    """The clause over `AccountRow`."""
    return {Relation.OWNER: _owned(person, col(AccountRow.id))}


def visible(clauses: RelationClauses, relations: Collection[Relation] | None) -> ColumnElement[bool]:
    """Rows the person has at least one of these relations to; every row for None."""
    if relations is None:
        return true()
    return or_(false(), *(clause for relation, clause in clauses.items() if relation in relations))


def labeled(clauses: RelationClauses) -> list[ColumnElement[bool]]:
    """The clauses as columns of a query; `relations_of` reads them."""
    return [clause.label(relation) for relation, clause in clauses.items()]


def relations_of(clauses: RelationClauses, flags: Collection[Any]) -> frozenset[Relation]:
    """The relations whose columns are true."""
    return frozenset(relation for relation, flag in zip(clauses, flags, strict=True) if flag)


def _asked(person: Person | KnownViewer) -> ColumnElement[bool]:
    """Orders that the person was asked to approve: for a list, all of these are read once."""
    asked = select(col(ApprovalRow.order_id)).where(
        col(ApprovalRow.tenant) == person.tenant, col(ApprovalRow.approver_id) == person.id
    )
    return col(OrderRow.id).in_(asked)


def is_any(column: Any, ids: Collection[str]) -> ColumnElement[bool]:
    """The column has one of these ids, of which there can be hundreds."""
    found: ColumnElement[bool] = column == any_(literal([*ids], ARRAY(TEXT)))
    return found if ids else false()


def _manages(person: Viewer, other_id: Any) -> ColumnElement[bool]:
    if isinstance(person, KnownViewer) and person.below is not None:
        return is_any(other_id, person.below)
    return is_below(person.tenant, person.id, other_id)


def _owned(person: Viewer, account_id: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    if isinstance(person, AnyPerson):
        return account_id.in_(accounts_below(person.tenant, person.owns))
    if isinstance(person, KnownViewer):
        return _owned(person.person, account_id) if person.accounts is None else is_any(account_id, person.accounts)
    return account_id.in_(accounts_below(person.tenant, sorted(person.owns))) if person.owns else false()
