"""What was last said about an item and its parcels, by its carrier or by a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update as sql_update
from sqlmodel import col

from models.db.orders.tables import ItemRow, ParcelRow
from models.db.row_sets import documents, inserting
from models.db.session import Session
from models.db.statement import Statement, param
from models.lifecycle import NOT_DELIVERED, ItemState
from models.order import Channel, Identifiers, ItemUpdate, OrderRef
from models.parcel import Parcel


@dataclass(frozen=True, kw_only=True)
class StoredUpdate:
    """An item and its parcels as they are after an update, and what that has changed.

    `late` has the values that came too late, by name. `added` are parcels beside earlier ones, `arrived` those that
    arrived before others of the item. `delivered`: by this update all of the item has arrived.
    """

    item: ItemRow
    parcels: Sequence[ParcelRow]
    late: Mapping[str, Any]
    added: tuple[ParcelRow, ...]
    arrived: tuple[ParcelRow, ...]
    delivered: bool


_OF_ITEM = ("mdn", "imei", "imei2", "iccid", "eid", "carrier_product_id", "expected_at", "delivered_at", "final_on",
            "refused_features", "refused_at", "reported")  # fmt: skip
_OF_PARCEL = ("shipping_carrier", "shipped_at", "delivered_at", "reported")
_write_item = (
    sql_update(ItemRow)
    .where(
        col(ItemRow.tenant) == param("tenant"),
        col(ItemRow.order_id) == param("order_id"),
        col(ItemRow.id) == param("id"),
    )
    .values({name: param(name) for name in _OF_ITEM})
    .cte("item")
)
_parcels = inserting(ParcelRow)
_WRITE = Statement[None](
    _parcels.on_conflict_do_update(
        index_elements=["tenant", "order_id", "item_id", "tracking_number"],
        set_={name: _parcels.excluded[name] for name in _OF_PARCEL},
    ).add_cte(_write_item)
)


async def store(
    session: Session, item: ItemRow, known: Sequence[ParcelRow], update: ItemUpdate, *, at: datetime, by: Channel
) -> StoredUpdate:
    """Store what a carrier says about an item with these parcels; of its state only when it was refused.

    The caller has locked the order before it has read the rows.
    """
    written, item = _values(item, _OF_ITEM), ItemRow(**item.model_dump())
    if update.state in NOT_DELIVERED:
        item.refused_at = max(at, item.refused_at or at)
    was_delivered = item.delivered_at is not None
    late = _keep(item, update.values, at=at, by=by)
    if update.delivered:
        late |= _keep_delivery(item, update.delivered_at, at=at, by=by)
    parcels = {row.tracking_number: ParcelRow(**row.model_dump()) for row in known} if update.parcels else {}
    before = {number: arrived_at(item, row) is not None for number, row in parcels.items()}
    changed = dict[str, ParcelRow]()
    for parcel in update.parcels:
        row = parcels.setdefault(parcel.tracking_number, _new_parcel(item, parcel, at=at, by=by))
        stored = _values(row, _OF_PARCEL) if parcel.tracking_number in before else None
        late |= _keep_parcel(row, parcel, at=at, by=by)
        if _values(row, _OF_PARCEL) != stored:
            changed[row.tracking_number] = row
    if changed or _values(item, _OF_ITEM) != written:
        this = {"tenant": item.tenant, "order_id": item.order_id, "id": item.id}
        await session.affected(_WRITE, **this, **_values(item, _OF_ITEM), rows=documents(changed.values()))
    under_way = [row for row in parcels.values() if arrived_at(item, row) is None]
    arrived = [row for number, row in parcels.items() if arrived_at(item, row) and not before.get(number)]
    return StoredUpdate(
        item=item,
        parcels=tuple(parcels.values()) or tuple(known),
        late=late,
        added=tuple(row for number, row in parcels.items() if before and number not in before),
        arrived=tuple(arrived) if under_way else (),
        delivered=(update.delivered and not was_delivered) or bool(arrived and not under_way),
    )


async def report(
    session: Session, ref: OrderRef, item_id: str, values: Mapping[str, Any], *, at: datetime, by: Channel
) -> dict[str, Any]:
    """Store each value with its time and channel unless a newer one is known; returns those that came too late.

    Of two values of the same time the one that is received later counts. A late value that is known already is not
    returned. The caller has locked the order.
    """
    return _keep(await _item(session, ref, item_id), values, at=at, by=by)


def state_with_parcels(item: ItemRow, parcels: Iterable[ParcelRow], update: ItemUpdate) -> ItemState | None:
    """The state that the carrier reports of an item with these parcels; those that it names may not be all.

    An item is delivered once all its parcels are, or once the carrier says so of the item itself.
    """
    if not update.parcels or update.state not in {ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION}:
        return update.state
    arrived = {row.tracking_number: arrived_at(item, row) is not None for row in parcels}
    for parcel in update.parcels:
        arrived[parcel.tracking_number] = parcel.delivered or arrived.get(parcel.tracking_number, False)
    return ItemState.AWAITING_ACTIVATION if all(arrived.values()) else ItemState.SHIPPED


def arrived_at(item: ItemRow, parcel: ParcelRow) -> datetime | None:
    """When a parcel was delivered: as its carrier says of it, or of the whole item since it was shipped."""
    report = item.reported.get("delivered_at")
    of_item = report is not None and datetime.fromisoformat(report["at"]) >= parcel.shipped_at
    return parcel.delivered_at or (item.delivered_at if of_item else None)


def delivered_at(item: ItemRow, parcels: Iterable[ParcelRow]) -> datetime | None:
    """When all of the item had been delivered."""
    arrived = [arrived_at(item, parcel) for parcel in parcels]
    times = [at for at in arrived if at is not None]
    return max(times) if times and len(times) == len(arrived) else item.delivered_at


def corrections(item: ItemRow, identifiers: Identifiers, at: datetime) -> dict[str, str]:
    """Those that differ from what is known of the item, are not older, and were not left out on purpose."""
    left_out = {name for name in item.reported if getattr(item, name) is None}
    return {
        name: value
        for name, value in identifiers.known.items()
        if name not in left_out and getattr(item, name) != value and not _is_newer(item, name, at)
    }


async def leave_out(
    session: Session, ref: OrderRef, item_id: str, names: Iterable[str], *, at: datetime, by: Channel
) -> None:
    """The item is complete without these, from now on. The caller has locked the order."""
    item = await _item(session, ref, item_id)
    for name in names:
        setattr(item, name, None)
        item.reported = item.reported | {name: {"at": at.isoformat(), "by": by}}


def identifiers_of(item: ItemRow) -> Identifiers:
    """What the carrier has reported about an item, or accepted from a person."""
    return Identifiers.among(item.model_dump())


def current_answers(item: ItemRow) -> dict[str, Any]:
    """The item's answers, with what was reported since in their place."""
    return item.answers | {name: value for name, value in identifiers_of(item).known.items() if name in item.answers}


async def _item(session: Session, ref: OrderRef, item_id: str) -> ItemRow:
    return await session.get_one(ItemRow, (ref.tenant, ref.id, item_id), populate_existing=True)


def _values(row: ItemRow | ParcelRow, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _new_parcel(item: ItemRow, parcel: Parcel, *, at: datetime, by: Channel) -> ParcelRow:
    return ParcelRow(
        tenant=item.tenant,
        order_id=item.order_id,
        item_id=item.id,
        tracking_number=parcel.tracking_number,
        shipped_at=at,
        reported={"shipped_at": {"at": at.isoformat(), "by": by}},
    )


def _keep_parcel(row: ParcelRow, parcel: Parcel, *, at: datetime, by: Channel) -> dict[str, Any]:
    if at < row.shipped_at:
        row.shipped_at = at
        row.reported = row.reported | {"shipped_at": {"at": at.isoformat(), "by": by}}
    carrier = {"shipping_carrier": parcel.shipping_carrier} if parcel.shipping_carrier else {}
    late = _keep(row, carrier, at=at, by=by)
    return late | (_keep_delivery(row, parcel.delivered_at, at=at, by=by) if parcel.delivered else {})


def _keep_delivery(
    row: ItemRow | ParcelRow, delivered_at: datetime | None, *, at: datetime, by: Channel
) -> dict[str, Any]:
    """A delivery without a time that can be read was by the time of the update that reports it first."""
    return _keep(row, {"delivered_at": delivered_at or row.delivered_at or at}, at=at, by=by)


def _keep(row: ItemRow | ParcelRow, values: Mapping[str, Any], *, at: datetime, by: Channel) -> dict[str, Any]:
    """As `report`."""
    late = {name for name in values if _is_newer(row, name, at)}
    newer = {name: value for name, value in values.items() if name not in late}
    for name, value in newer.items():
        setattr(row, name, value)
    row.reported = row.reported | {name: {"at": at.isoformat(), "by": by} for name in newer}
    return {name: values[name] for name in late if getattr(row, name) != values[name]}


def _is_newer(row: ItemRow | ParcelRow, name: str, at: datetime) -> bool:
    """Whether a value is known that was reported after this time."""
    return name in row.reported and datetime.fromisoformat(row.reported[name]["at"]) > at
