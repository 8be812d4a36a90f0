"""What was last said about an item, by its carrier or by a person: identifiers and the expected date."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.order import Channel, Identifiers, OrderRef


async def report(
    session: Session, ref: OrderRef, item_id: str, values: Mapping[str, Any], *, at: datetime, by: Channel
) -> dict[str, Any]:
    """Store each value with its time and channel unless a newer one is known; returns those that came too late.

    Of two values of the same time the one that is received later counts. A late value that is known already is not
    returned. The caller has locked the order.
    """
    item = await session.get_one(ItemRow, (ref.tenant, ref.id, item_id), populate_existing=True)
    late = {name for name in values if _is_newer(item, name, at)}
    newer = {name: value for name, value in values.items() if name not in late}
    for name, value in newer.items():
        setattr(item, name, value)
    item.told = item.told | {name: {"at": at.isoformat(), "by": by} for name in newer}
    return {name: values[name] for name in late if getattr(item, name) != values[name]}


def corrections(item: ItemRow, identifiers: Identifiers, at: datetime) -> dict[str, str]:
    """Those that differ from what is known of the item, and are not older."""
    return {
        name: value
        for name, value in identifiers.known.items()
        if getattr(item, name) not in {None, value} and not _is_newer(item, name, at)
    }


def _is_newer(item: ItemRow, name: str, at: datetime) -> bool:
    """Whether a value is known that was said after this time."""
    return name in item.told and datetime.fromisoformat(item.told[name]["at"]) > at


async def leave_out(
    session: Session, ref: OrderRef, item_id: str, names: Iterable[str], *, at: datetime, by: Channel
) -> None:
    """The item is complete without these, from now on. The caller has locked the order."""
    item = await session.get_one(ItemRow, (ref.tenant, ref.id, item_id), populate_existing=True)
    for name in names:
        setattr(item, name, None)
        item.told = item.told | {name: {"at": at.isoformat(), "by": by}}


def reported(item: ItemRow) -> Identifiers:
    """What the carrier has reported about an item, or accepted from a person."""
    return Identifiers.among(item.model_dump())


def current_answers(item: ItemRow) -> dict[str, Any]:
    """The item's answers, with what was reported since in their place."""
    return item.answers | {name: value for name, value in reported(item).known.items() if name in item.answers}
