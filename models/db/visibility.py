"""What ties a person to rows, as SQL: the same clauses answer "which may I see" and "what am I to this one"."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, false, or_, select
from sqlmodel import col

from models.db.accounts.tables import AccountRow
from models.db.approvals.tables import ApprovalRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.tables import OrderRow
from models.db.people.tables import PersonRow
from models.facts import Person, Relation

Ties = Mapping[Relation, ColumnElement[bool]]


def of_order(person: Person) -> Ties:
    """The clauses over `OrderRow`, one per relation."""
    me = person.id
    asked = (
        select(col(ApprovalRow.id))
        .where(
            col(ApprovalRow.tenant) == col(OrderRow.tenant),
            col(ApprovalRow.order_id) == col(OrderRow.id),
            col(ApprovalRow.approver_id) == me,
        )
        .correlate(OrderRow)
    )
    return {
        Relation.SELF: (col(OrderRow.requester_id) == me) | (col(OrderRow.beneficiary_id) == me),
        Relation.MANAGER: col(OrderRow.beneficiary_id).in_(people_below(person)),
        Relation.OWNER: _in_accounts(person, col(OrderRow.account_id)),
        Relation.APPROVER: asked.exists(),
        Relation.DECIDER: asked.where(col(ApprovalRow.state) == "pending").exists(),
        Relation.WATCHER: col(OrderRow.watchers).contains([me]),
    }


def of_holding(person: Person, table: type[LineRow] | type[DeviceRow]) -> Ties:
    """The clauses over lines or devices, one per relation."""
    return {
        Relation.SELF: col(table.person_id).is_not_distinct_from(person.id),
        Relation.MANAGER: col(table.person_id).in_(people_below(person)) & col(table.person_id).is_not(None),
        Relation.OWNER: _in_accounts(person, col(table.account_id)),
    }


def of_person(person: Person) -> Ties:
    """The clauses over people: oneself, everybody below, everybody in one's accounts."""
    return {
        Relation.SELF: col(PersonRow.id) == person.id,
        Relation.MANAGER: col(PersonRow.id).in_(people_below(person)),
        Relation.OWNER: _in_accounts(person, col(PersonRow.account_id)),
    }


def of_account(person: Person) -> Ties:
    """The clause over accounts: one owns an account, or one above it."""
    return {Relation.OWNER: _in_accounts(person, col(AccountRow.id))}


def any_of(ties: Ties, relations: Collection[Relation]) -> ColumnElement[bool]:
    """Rows the person is tied to by at least one of the relations."""
    return or_(false(), *(clause for relation, clause in ties.items() if relation in relations))


def labeled(ties: Ties) -> list[ColumnElement[bool]]:
    """The clauses as columns named by their relation, to be read by `held`."""
    return [clause.label(relation) for relation, clause in ties.items()]


def held(ties: Ties, flags: Collection[Any]) -> frozenset[Relation]:
    """The relations whose columns came back true."""
    return frozenset(relation for relation, flag in zip(ties, flags, strict=True) if flag)


def people_below(person: Person) -> Select[str]:
    """Ids of everybody below this person, at any depth."""
    first = select(col(PersonRow.id)).where(
        col(PersonRow.tenant) == person.tenant, col(PersonRow.manager_id) == person.id
    )
    below = first.cte(recursive=True)
    deeper = select(col(PersonRow.id)).join(below, col(PersonRow.manager_id) == below.c.id)
    return select(below.union(deeper.where(col(PersonRow.tenant) == person.tenant)).c.id)


def accounts_below(tenant: str, roots: Collection[str]) -> Select[str]:
    """Ids of these accounts and of all accounts below them."""
    first = select(col(AccountRow.id)).where(col(AccountRow.tenant) == tenant, col(AccountRow.id).in_(roots))
    below = first.cte(recursive=True)
    deeper = select(col(AccountRow.id)).join(below, col(AccountRow.parent_id) == below.c.id)
    return select(below.union(deeper.where(col(AccountRow.tenant) == tenant)).c.id)


def _in_accounts(person: Person, account_id: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    return account_id.in_(accounts_below(person.tenant, sorted(person.owns))) if person.owns else false()
