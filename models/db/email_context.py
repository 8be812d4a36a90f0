"""What the emails of an event depend on: their order, its people, and what the company has switched off."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, TEXT, any_, func
from sqlalchemy.dialects.postgresql import array
from sqlmodel import col, select

from models.db.approvals.tables import ApprovalRow
from models.db.catalog import policy_versions
from models.db.catalog.tables import PolicyRow
from models.db.clauses import acts_for_beneficiary
from models.db.order_parts import APPROVALS, ITEMS, each_of_order
from models.db.orders.order_rows import switched_off_emails
from models.db.orders.tables import ItemRow, OrderRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.statement import RowSet, Statement, param
from models.facts import Policy
from models.order import OrderRef


@dataclass(frozen=True, kw_only=True)
class EmailContext:
    """`represented_by` is the id of the person who acts for the beneficiary, the requester if no one does.

    `people` are by id, those who are active among all who can get an email about the order.
    """

    order: OrderRow
    represented_by: str
    switched_off: frozenset[str]
    policy: Policy
    items: tuple[ItemRow, ...]
    approvals: tuple[ApprovalRow, ...]
    people: Mapping[str, PersonRow]


def _people() -> RowSet[PersonRow]:
    approvers = each_of_order(col(ApprovalRow.approver_id), ApprovalRow)
    ids = (
        param("also", ARRAY(TEXT))
        .concat(array([col(OrderRow.requester_id), acts_for_beneficiary()]))
        .concat(col(OrderRow.watchers))
        .concat(func.array(approvers.scalar_subquery()))
    )
    of_tenant = col(PersonRow.tenant) == OrderRow.tenant
    return RowSet(select(PersonRow).where(of_tenant, col(PersonRow.id) == any_(ids), col(PersonRow.active)), PersonRow)


_ROW_SETS = (ITEMS, APPROVALS, _people())
_CONTEXT = Statement[Any](
    select(OrderRow, acts_for_beneficiary(), switched_off_emails(), PolicyRow)
    .add_columns(*(rows.column for rows in _ROW_SETS))
    .outerjoin(PolicyRow, policy_versions.in_force(param("tenant")))
    .where(col(OrderRow.tenant) == param("tenant"), col(OrderRow.id) == param("id")),
    *(OrderRow, None, None, PolicyRow),
    *_ROW_SETS,
)


async def load(session: Session, ref: OrderRef, *, also: Collection[str] = ()) -> EmailContext:
    """Of an order that exists, in one statement; `also` are ids of more people."""
    (found,) = await session.all(_CONTEXT, tenant=ref.tenant, id=ref.id, also=[*also])
    order, represented_by, switched_off, policy, items, approvals, people = found
    return EmailContext(
        order=order,
        represented_by=represented_by,
        switched_off=frozenset(switched_off),
        policy=policy_versions.value_of(policy),
        items=tuple(items),
        approvals=tuple(approvals),
        people={person.id: person for person in people},
    )
