"""An order with everything its emails and approval pages show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import ARRAY, TEXT, any_, func
from sqlalchemy.dialects.postgresql import array
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow
from models.db.approvals.tables import ApprovalRow
from models.db.catalog import policy_versions
from models.db.catalog.tables import PolicyRow, ProductRow
from models.db.clauses import acts_for_beneficiary, matches
from models.db.line_timers import line_timers
from models.db.order_parts import APPROVALS, DEVICES, EVENTS, ITEMS, PARCELS, PRODUCTS, each_of_order
from models.db.orders import order_values
from models.db.orders.order_rows import switched_off_emails
from models.db.orders.tables import EventRow, ItemRow, OrderRow, ParcelRow
from models.db.people.tables import PersonRow, TenantRow
from models.db.returns import return_cases
from models.db.returns.tables import ReturnCaseRow
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.db.statement import RowSet, Statement, param
from models.errors import NotFound
from models.facts import Policy, Relation
from models.holder import UNASSIGNED, NamedHolder
from models.order import OrderRef
from models.questions.termination import UNDO_UNTIL


@dataclass(frozen=True, kw_only=True)
class OrderDetails:
    """An order and what belongs to it.

    `parcels` and `returns` are by item, `people` by id, `products` by SKU; `site` if the order is for one.

    `switched_off` are the emails that its company has switched off.

    `last_days` are by line those on which what the order has disconnected can be reconnected; None if not known.

    `represented_by` is the id of the person who acts for the beneficiary, the requester if no one does.
    """

    tenant: TenantRow
    policy: Policy
    account: AccountRow
    order: OrderRow
    represented_by: str
    items: tuple[ItemRow, ...]
    parcels: Mapping[str, Sequence[ParcelRow]]
    events: tuple[EventRow, ...]
    approvals: tuple[ApprovalRow, ...]
    people: Mapping[str, PersonRow]
    products: Mapping[str, ProductRow]
    devices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    site: SiteRow | None = None
    switched_off: frozenset[str] = frozenset()
    returns: Mapping[str, ReturnCaseRow] = field(default_factory=lambda: MappingProxyType({}))
    last_days: Mapping[str, date | None] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def beneficiary(self) -> NamedHolder:
        named = self.site or self.people.get(self.order.beneficiary_id or "")
        return NamedHolder(holder=self.order.beneficiary, name=named.name if named else UNASSIGNED)

    @property
    def names(self) -> dict[str, str]:
        """Those of products by SKU, and of the devices that the items are about by id."""
        return {sku: product.name for sku, product in self.products.items()} | {**self.devices}

    def relations_of(self, person_id: str) -> frozenset[Relation]:
        """Those of the person's relations to the order that emails and approval pages depend on."""
        related = {
            Relation.SELF: person_id in {self.order.requester_id, self.represented_by},
            Relation.APPROVER: person_id in {approval.approver_id for approval in self.approvals},
        }
        return frozenset(relation for relation, applies in related.items() if applies)

    def name(self, person_id: str) -> str:
        """The person's name, or the id of a person who is not in `people`."""
        person = self.people.get(person_id)
        return person.name if person is not None else person_id


def _people() -> RowSet[PersonRow]:
    """Those of the parameter `also`, and all who have to do with the order."""
    approvers = each_of_order(col(ApprovalRow.approver_id), ApprovalRow)
    actors = each_of_order(col(EventRow.actor_id), EventRow).where(col(EventRow.actor_kind) == "person")
    ids = (
        param("also", ARRAY(TEXT))
        .concat(array([col(OrderRow.requester_id), col(OrderRow.beneficiary_id)]))
        .concat(col(OrderRow.watchers))
        .concat(func.array(approvers.scalar_subquery()))
        .concat(func.array(actors.scalar_subquery()))
    )
    return RowSet(
        select(PersonRow).where(col(PersonRow.tenant) == OrderRow.tenant, col(PersonRow.id) == any_(ids)), PersonRow
    )


_ROW_SETS = (ITEMS, PARCELS, EVENTS, APPROVALS, _people(), PRODUCTS, DEVICES)
_DETAILS = Statement[Any](
    select(OrderRow, TenantRow, AccountRow, PolicyRow)
    .add_columns(SiteRow, acts_for_beneficiary(), switched_off_emails(), *(rows.column for rows in _ROW_SETS))
    .join(TenantRow, col(TenantRow.id) == col(OrderRow.tenant))
    .join(AccountRow, matches(AccountRow.id, OrderRow.account_id))
    .outerjoin(SiteRow, matches(SiteRow.id, OrderRow.beneficiary_site_id))
    .outerjoin(PolicyRow, policy_versions.in_force(param("tenant")))
    .where(col(OrderRow.tenant) == param("tenant"), col(OrderRow.id) == param("order_id")),
    OrderRow, TenantRow, AccountRow, PolicyRow, SiteRow, None, None, *_ROW_SETS,
)  # fmt: skip


async def load(session: Session, tenant: str, order_id: str, *, also: Iterable[str] = ()) -> OrderDetails:
    """Read an order with its details, and these people too. Raises NotFound."""
    found = await session.first(_DETAILS, tenant=tenant, order_id=order_id, also=[*also])
    if found is None:
        raise NotFound(f'No order matches "{order_id}".')
    order, tenant_row, account, policy, site, represented_by, switched_off, *row_sets = found
    items, parcels, events, approvals, people, products, devices = row_sets
    ref, kind = OrderRef(tenant=tenant, id=order_id), order_values.type_of(order)
    return OrderDetails(
        tenant=tenant_row,
        policy=policy_versions.value_of(policy),
        account=account,
        order=order,
        represented_by=represented_by,
        items=tuple(items),
        parcels={item.id: [parcel for parcel in parcels if parcel.item_id == item.id] for item in items},
        events=tuple(events),
        approvals=tuple(approvals),
        people={person.id: person for person in people},
        products={product.sku: product for product in products},
        devices=dict(devices),
        site=site,
        switched_off=frozenset(switched_off),
        returns=await return_cases.of_order(session, ref) if kind.returns else {},
        last_days=await line_timers.last_days_after(session, ref) if kind.asks(UNDO_UNTIL.code) else {},
    )
