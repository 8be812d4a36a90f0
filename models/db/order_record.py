"""An order with what its page and its answer of the API show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from models.db.approvals.tables import ApprovalRow
from models.db.attestations.attestations import OfPerson
from models.db.carriers.tables import CarrierOrderRow
from models.db.order_parts import ATTESTATIONS, DEVICES, ITEMS, NAMED_APPROVALS, PARCELS, PRODUCTS, SUBMISSIONS
from models.db.orders.tables import ItemRow, OrderRow, ParcelRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.order import OrderRef


@dataclass(frozen=True, kw_only=True)
class OrderParts:
    """`parcels` are by item, `products` names by SKU, `devices` names by id; approvals have their approver's name."""

    items: Sequence[ItemRow]
    parcels: Mapping[str, Sequence[ParcelRow]]
    approvals: Sequence[tuple[ApprovalRow, str]]
    carrier_orders: Sequence[CarrierOrderRow]
    attestations: Sequence[OfPerson]
    products: Mapping[str, str]
    devices: Mapping[str, str]


_ROW_SETS = (ITEMS, PARCELS, NAMED_APPROVALS, SUBMISSIONS, ATTESTATIONS, PRODUCTS, DEVICES)
_PARTS = Statement[Any](
    select(*(rows.column for rows in _ROW_SETS))
    .select_from(OrderRow)
    .where(col(OrderRow.tenant) == param("tenant"), col(OrderRow.id) == param("id")),
    *_ROW_SETS,
)


async def parts_of(session: Session, ref: OrderRef) -> OrderParts:
    """Of an order that exists, in one statement."""
    (found,) = await session.all(_PARTS, tenant=ref.tenant, id=ref.id)
    items, parcels, approvals, submissions, attestations, products, devices = found
    return OrderParts(
        items=items,
        parcels={item.id: [parcel for parcel in parcels if parcel.item_id == item.id] for item in items},
        approvals=approvals,
        carrier_orders=submissions,
        attestations=[OfPerson(*columns) for columns in attestations],
        products={product.sku: product.name for product in products},
        devices=dict(devices),
    )
