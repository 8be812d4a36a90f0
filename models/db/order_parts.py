"""What belongs to an order, as row sets of statements that select an OrderRow."""

from typing import Any

from sqlalchemy import ARRAY, TEXT, ColumnElement, any_, cast, func
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlmodel import col, select

from models.attestation import AttestationState
from models.db.approvals.tables import ApprovalRow
from models.db.attestations.tables import AttestationRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.catalog.tables import ProductRow
from models.db.clauses import device_name, matches
from models.db.inventory.tables import DeviceRow
from models.db.orders.tables import EventRow, ItemRow, OrderRow, ParcelRow
from models.db.people.tables import PersonRow
from models.db.statement import RowSet


def of_order(table: Any) -> ColumnElement[bool]:
    return matches(table.order_id, OrderRow.id)


def each_of_order(column: Any, table: Any) -> Any:
    """Selects the column of the rows that belong to the order, also inside a row set of another table.

    Without `correlate`, a query two levels down would read the rows of all orders.
    """
    return select(column).where(of_order(table)).correlate(OrderRow)


ITEMS = RowSet[ItemRow](select(ItemRow).where(of_order(ItemRow)).order_by(col(ItemRow.number)), ItemRow)
PARCELS = RowSet[ParcelRow](
    select(ParcelRow).where(of_order(ParcelRow)).order_by(col(ParcelRow.shipped_at), col(ParcelRow.tracking_number)),
    ParcelRow,
)
EVENTS = RowSet[EventRow](select(EventRow).where(of_order(EventRow)).order_by(col(EventRow.seq)), EventRow)
APPROVALS = RowSet[ApprovalRow](
    select(ApprovalRow).where(of_order(ApprovalRow)).order_by(col(ApprovalRow.id)), ApprovalRow
)
DEVICES = RowSet[tuple[str, str]](
    select(col(DeviceRow.id), device_name(DeviceRow, ProductRow))
    .select_from(ItemRow)
    .join(DeviceRow, matches(DeviceRow.id, ItemRow.device_id))
    .outerjoin(ProductRow, matches(ProductRow.sku, DeviceRow.sku))
    .where(of_order(ItemRow)),
    None,
    None,
)
# With the names of the approvers.
NAMED_APPROVALS = RowSet[tuple[ApprovalRow, str]](
    select(ApprovalRow, col(PersonRow.name))
    .join(PersonRow, matches(PersonRow.id, ApprovalRow.approver_id))
    .where(of_order(ApprovalRow))
    .order_by(col(ApprovalRow.round), col(ApprovalRow.stage), col(ApprovalRow.id)),
    ApprovalRow,
    None,
)
SUBMISSIONS = RowSet[CarrierOrderRow](
    select(CarrierOrderRow).where(of_order(CarrierOrderRow)).order_by(col(CarrierOrderRow.round)), CarrierOrderRow
)
# Those that are given or needed, with the names of the people.
ATTESTATIONS = RowSet[tuple[AttestationRow, str]](
    select(AttestationRow, col(PersonRow.name))
    .join(PersonRow, matches(PersonRow.id, AttestationRow.person_id))
    .where(of_order(AttestationRow), col(AttestationRow.state) != AttestationState.DROPPED)
    .order_by(col(AttestationRow.question)),
    AttestationRow,
    None,
)


def _products() -> RowSet[ProductRow]:
    """The products that answers, and what they replace, name: a string that is no SKU finds nothing."""
    of_items = each_of_order(func.jsonb_agg(func.jsonb_build_array(col(ItemRow.answers), col(ItemRow.before))), ItemRow)
    documents = func.jsonb_build_array(col(OrderRow.answers), of_items.scalar_subquery())
    strings = func.jsonb_path_query(documents, cast('$.** ? (@.type() == "string")', JSONPATH))
    words = select(strings.op("#>>")(cast([], ARRAY(TEXT)))).correlate(OrderRow)
    is_named = col(ProductRow.sku) == any_(func.array(words.scalar_subquery()))
    return RowSet(select(ProductRow).where(col(ProductRow.tenant) == OrderRow.tenant, is_named), ProductRow)


PRODUCTS = _products()
