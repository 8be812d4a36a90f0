"""The orders that a person can place after another one: what they order next, and the same once more."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from api.deps import Access, Services
from api.inventory.operations import device_options_for, options_for
from api.next_orders import again
from api.next_orders.schemas import LeftOut, NextOrder, OrderAgainView
from api.next_orders.starting import items_for, lines_of
from models.db.inventory import devices, lines
from models.db.orders import drafts, order_rows
from models.db.orders.order_rows import OrderFound
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.errors import ActionNotAllowed, DraftExists, NotAuthorized, NotFound
from models.events.ending import VENDOR_REJECTED
from models.lifecycle import Status
from models.order import OrderRef
from models.order_type import Cause, OrderType
from policies.access import Right
from policies.line_actions import OrderOption
from policies.next_orders import AGAIN, label

_COMPLETED = frozenset({Status.COMPLETED, Status.PARTIALLY_FULFILLED})


@dataclass(frozen=True, kw_only=True)
class Offers:
    """`again` is what the button says that orders the same once more, None if the person can't."""

    again: str | None = None
    next_orders: tuple[NextOrder, ...] = ()


async def offers(
    session: Session, services: Services, access: Access, found: OrderFound, items: Sequence[ItemRow]
) -> Offers:
    """What the person can order after this order with these items; nothing while it is in progress."""
    if not Status(found.row.status).final or not access.is_allowed(Right.ORDER_SUBMIT):
        return Offers()
    things = _Offered(session, services, access)
    return Offers(
        again=await _again_label(things, found, items),
        next_orders=tuple([one async for one in _following(things, found, items)]),
    )


async def next_orders(services: Services, access: Access, ref: str) -> list[NextOrder]:
    """Raises NotFound."""
    async with services.database.read() as session:
        found = await _find(session, access, ref)
        items = await order_rows.items_of(session, OrderRef(tenant=found.row.tenant, id=found.row.id))
        offered = await offers(session, services, access, found, items)
    return list(offered.next_orders)


async def order_again(services: Services, access: Access, ref: str, *, replace_draft: bool) -> OrderAgainView:
    """Save the draft of a new order like this one.

    Raises NotFound, NotAuthorized, ActionNotAllowed for an order that can't be ordered again, and DraftExists.
    """
    return await services.database.run(_order_again, services, access, ref, replace_draft=replace_draft)


async def left_out(services: Services, access: Access, ref: str) -> tuple[LeftOut, ...]:
    """What a draft of a new order like this one lacks; nothing if no such draft can be made."""
    async with services.database.read() as session:
        with suppress(NotFound, NotAuthorized, ActionNotAllowed):
            return (await _prepare(session, services, access, await _find(session, access, ref))).left_out
    return ()


async def _find(session: Session, access: Access, ref: str) -> OrderFound:
    found = await order_rows.find(session, access.person, ref)
    access.check(found.relations)
    return found


async def _order_again(
    session: Session, services: Services, access: Access, ref: str, *, replace_draft: bool
) -> OrderAgainView:
    found = await _find(session, access, ref)
    prepared = await _prepare(session, services, access, found)
    code, at = prepared.order_type.code, services.now()
    known = await drafts.find(session, access.person, code, at)
    made_from = (known.document.get("parent"), known.document.get("cause")) if known else None
    is_same = made_from == (found.row.number, Cause.AGAIN)
    if known is not None and not is_same and not replace_draft:
        title = prepared.order_type.texts.title
        raise DraftExists(f"You have another draft: {title}. Submit or discard it first, or replace it.")
    draft = known if known and is_same else await drafts.save(session, access.person, code, prepared.body, at)
    return OrderAgainView(
        type=code,
        order=draft.document,
        left_out=list(prepared.left_out),
        continue_at=f"/order/{code}?again={found.row.number}",
    )


async def _prepare(session: Session, services: Services, access: Access, found: OrderFound) -> again.OrderAgain:
    """See `again.prepare`. Raises ActionNotAllowed also if what is complete can't be done once more."""
    prepared = await again.prepare(session, services, access, found)
    items = await order_rows.items_of(session, OrderRef(tenant=found.row.tenant, id=found.row.id))
    await _require_repeatable(_Offered(session, services, access), prepared.order_type, found, items)
    return prepared


async def _require_repeatable(things: "_Offered", kind: OrderType, found: OrderFound, items: Sequence[ItemRow]) -> None:
    """Raises ActionNotAllowed if what is complete can't be done once more."""
    is_complete = kind.about_inventory and Status(found.row.status) is Status.COMPLETED
    if is_complete and (kind.returns or await _offer_of(things, kind, items) is None):
        raise ActionNotAllowed("This order is complete, and can't be placed for the same lines or devices again.")


async def _again_label(things: "_Offered", found: OrderFound, items: Sequence[ItemRow]) -> str | None:
    """None unless the server would make the draft."""
    try:
        kind = await again.check(things.session, things.services, things.access, found, items)
        await _require_repeatable(things, kind, found, items)
    except (ActionNotAllowed, NotAuthorized):
        return None
    return AGAIN[Status(found.row.status)]


async def _following(things: "_Offered", found: OrderFound, items: Sequence[ItemRow]) -> AsyncIterator[NextOrder]:
    """The types that follow this one, as far as a line of the order passes what its page asks of them."""
    of = things.services.order_types.get(found.row.type_code)
    if of is None:
        return
    for cause, code in await _named(things.session, of, found):
        offered = await _offer_of(things, things.services.order_types[code], items_for(cause, items))
        if offered is not None:
            query = urlencode({"parent": found.row.number, "cause": cause.value})
            yield NextOrder(cause=cause, type=code, label=label(cause, of, offered), url=f"/order/{code}?{query}")


async def _named(session: Session, of: OrderType, found: OrderFound) -> list[tuple[Cause, str]]:
    """The types that follow an order that ended like this one, or replace one that the carrier refused."""
    if Status(found.row.status) in _COMPLETED:
        return [*of.following]
    if Status(found.row.status) is not Status.VENDOR_REJECTED or not of.alternatives:
        return []
    refusals = await order_rows.timeline(session, found.row.tenant, found.row.id, events=(VENDOR_REJECTED.code,))
    codes = of.alternatives_to(event.data.get("code") or "" for event in refusals)
    return [(Cause.ALTERNATIVE, code) for code in codes]


@dataclass(frozen=True)
class _Offered:
    """What the pages of lines and devices offer, read once for each of them."""

    session: Session
    services: Services
    access: Access
    known: dict[str, tuple[OrderOption, ...]] = field(default_factory=dict)

    async def line(self, line_id: str) -> tuple[OrderOption, ...]:
        if line_id not in self.known:
            self.known[line_id] = ()
            with suppress(NotFound):
                line = await lines.find_line(self.session, self.access.person, line_id)
                reader = self.access.for_right(Right.LINE_READ)
                self.known[line_id] = await options_for(self.session, self.services, reader, line)
        return self.known[line_id]

    async def device(self, device_id: str) -> tuple[OrderOption, ...]:
        if device_id not in self.known:
            self.known[device_id] = ()
            with suppress(NotFound):
                device = await devices.find_device(self.session, self.access.person, device_id)
                reader = self.access.for_right(Right.DEVICE_READ)
                self.known[device_id] = await device_options_for(self.session, self.services, reader, device)
        return self.known[device_id]


async def _offer_of(things: _Offered, following: OrderType, items: Sequence[ItemRow]) -> OrderOption | None:
    """The type as the page of one of the lines, or of one of the devices, offers it; None if none does."""
    if not items:
        return None
    if not following.about_inventory:
        return OrderOption(type=following)
    async for option in (_on_devices if following.about_devices else _on_lines)(things, items):
        if option.type.code == following.code and option.allowed:
            return option
    return None


async def _on_lines(things: _Offered, items: Sequence[ItemRow]) -> AsyncIterator[OrderOption]:
    ref = OrderRef(tenant=items[0].tenant, id=items[0].order_id)
    for line_id in dict.fromkeys((await lines_of(things.session, ref, items)).values()):
        for option in await things.line(line_id):
            yield option


async def _on_devices(things: _Offered, items: Sequence[ItemRow]) -> AsyncIterator[OrderOption]:
    for device_id in await devices.of_items(things.session, things.access.person.tenant, items):
        for option in await things.device(device_id):
            yield option
