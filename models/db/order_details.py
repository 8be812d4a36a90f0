"""All there is to say about one order to a person: the order, its history, and the names of what it mentions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlmodel import SQLModel, col, select

from models.db import facts
from models.db.accounts.tables import AccountRow
from models.db.approvals.tables import ApprovalRow
from models.db.catalog.tables import PolicyRow, ProductRow
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.people.tables import PersonRow, TenantRow
from models.db.session import Session
from models.errors import NotFound
from models.facts import Policy

_Row = TypeVar("_Row", bound=SQLModel)


@dataclass(frozen=True, kw_only=True)
class OrderDetails:
    """One order with everything a mail or a page about it shows. `events` are in their order."""

    tenant: TenantRow
    policy: Policy
    account: AccountRow
    order: OrderRow
    items: tuple[ItemRow, ...]
    events: tuple[EventRow, ...]
    approvals: tuple[ApprovalRow, ...]
    people: Mapping[str, PersonRow]
    products: Mapping[str, ProductRow]

    def name(self, person_id: str) -> str:
        """A person's name, or the id where the person is not known."""
        person = self.people.get(person_id)
        return person.name if person is not None else person_id


async def load(session: Session, tenant: str, order_id: str) -> OrderDetails:
    """Read an order's dossier. Raises NotFound."""
    order, of_tenant, account, policy = await _frame(session, tenant, order_id)
    items = await _of_order(session, ItemRow, order, ItemRow.number)
    events = await _of_order(session, EventRow, order, EventRow.seq)
    approvals = await _of_order(session, ApprovalRow, order, ApprovalRow.id)
    return OrderDetails(
        tenant=of_tenant,
        policy=facts.policy(policy),
        account=account,
        order=order,
        items=items,
        events=events,
        approvals=approvals,
        people=await _people(session, order, approvals, events),
        products=await _products(session, order, items),
    )


async def _frame(
    session: Session, tenant: str, order_id: str
) -> tuple[OrderRow, TenantRow, AccountRow, PolicyRow | None]:
    """The order with what there is one of: its tenant, its account, the newest policy."""
    found = await session.exec(
        select(OrderRow, TenantRow, AccountRow, PolicyRow)
        .join(TenantRow, col(TenantRow.id) == col(OrderRow.tenant))
        .join(
            AccountRow,
            (col(AccountRow.tenant) == col(OrderRow.tenant)) & (col(AccountRow.id) == col(OrderRow.account_id)),
        )
        .outerjoin(PolicyRow, facts.in_force(tenant))
        .where(col(OrderRow.tenant) == tenant, col(OrderRow.id) == order_id)
    )
    frame = found.first()
    if frame is None:
        raise NotFound(f"There is no order {order_id}.")
    return frame


async def _of_order(session: Session, table: type[_Row], order: OrderRow, by: Any) -> tuple[_Row, ...]:
    columns: Any = table
    rows = await session.exec(
        select(table).where(columns.tenant == order.tenant, columns.order_id == order.id).order_by(by)
    )
    return tuple(rows.all())


async def _people(
    session: Session, order: OrderRow, approvals: tuple[ApprovalRow, ...], events: tuple[EventRow, ...]
) -> dict[str, PersonRow]:
    ids = {order.requester_id, order.beneficiary_id, *order.watchers}
    ids |= {approval.approver_id for approval in approvals}
    ids |= {event.actor_id for event in events if event.actor_kind == "person"}
    rows = await session.exec(
        select(PersonRow).where(col(PersonRow.tenant) == order.tenant, col(PersonRow.id).in_(ids))
    )
    return {row.id: row for row in rows.all()}


async def _products(session: Session, order: OrderRow, items: tuple[ItemRow, ...]) -> dict[str, ProductRow]:
    """The catalog entries the answers name; an answer that names none is simply not found."""
    words = {word for answers in (order.answers, *(item.answers for item in items)) for word in _words(answers)}
    rows = await session.exec(
        select(ProductRow).where(col(ProductRow.tenant) == order.tenant, col(ProductRow.sku).in_(words))
    )
    return {row.sku: row for row in rows.all()}


def _words(answers: Mapping[str, Any]) -> Iterator[str]:
    for answer in answers.values():
        for word in answer if isinstance(answer, list) else [answer]:
            if isinstance(word, str):
                yield word
