"""What the page of one order shows to one person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.deps import Access, Services
from api.http.status_colors import tone
from api.orders import presenter
from api.orders.event_stream import complete_up_to
from api.orders.listing import entry_of
from api.orders.presenter import OrderRecord
from api.orders.schemas import ItemView, OrderView
from api.orders.timeline import Line, story
from models.asks import QUESTIONS, Ask
from models.db.orders.tables import EventRow
from models.db.people import tenants
from models.db.people.tenants import TenantContext
from models.lifecycle import Event, ItemState, Status
from models.order_type import Step
from notifications import formatting
from notifications.order_summary import FLAGS, details, headline
from policies import progress
from policies.access import Right

_IN_HAND = frozenset({ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION})


@dataclass(frozen=True, kw_only=True)
class ItemLine:
    """One item with what it is about in words."""

    item: ItemView
    headline: str
    details: tuple[tuple[str, str], ...]
    activatable: bool


@dataclass(frozen=True, kw_only=True)
class OrderPage:
    """An order in the words of its page.

    `since` is since when it has stood where it stands, `complete` the entry up to which nothing is missing,
    `decision` the request that waits for this person, `history` whether they may see everything that happened around
    the order.
    """

    order: OrderView
    house: TenantContext
    tone: str
    since: datetime | None
    steps: tuple[progress.ProgressStep, ...]
    lines: tuple[ItemLine, ...]
    details: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]
    needs: tuple[tuple[str, str], ...]
    story: list[Line]
    complete: int
    decision: str | None
    history: bool

    @property
    def zone(self) -> str:
        """Where the tenant's day begins."""
        return self.house.time_zone


async def open_page(services: Services, access: Access, ref: str, seq: int = 0) -> OrderPage:
    """Everything the page shows. Raises NotFound."""
    await presenter.reached(services, access, ref, seq)
    async with services.database.transaction() as session:
        sheet, history = await presenter.read_with_history(session, access, ref)
        house = await tenants.tenant_context(session, access.person, services.now())
    return _page(services, access, sheet, history, house)


def _page(
    services: Services, access: Access, sheet: OrderRecord, history: list[EventRow], house: TenantContext
) -> OrderPage:
    order = presenter.show(sheet, access, services)
    past = tuple(_past(entry) for entry in history)
    holders = next((entry.data.get("held_by") for entry in history if entry.event == Event.RECEIVED), None) or {}
    numbers = {item.id: item.number for item in order.items} if len(order.items) > 1 else {}
    return OrderPage(
        order=order,
        house=house,
        tone=tone(order.status),
        since=None if Status(order.status).final else progress.status_since(past),
        steps=progress.progress_steps(_journey(order, sheet, past)),
        lines=tuple(_line(item, sheet, order, holders.get(item.id)) for item in order.items),
        details=details(order.answers, sheet.products),
        flags=tuple(FLAGS.get(flag, flag) for flag in order.flags),
        needs=_needs(sheet),
        story=story([entry_of(entry, services.carriers) for entry in history], numbers),
        complete=complete_up_to(entry.seq for entry in history),
        decision=_decision(sheet, access),
        history=access.may(Right.ORDER_HISTORY, sheet.found.relations),
    )


def _past(entry: EventRow) -> progress.PastEvent:
    return progress.PastEvent(event=Event(entry.event), status=Status(entry.status), at=entry.at)


def _journey(order: OrderView, sheet: OrderRecord, past: tuple[progress.PastEvent, ...]) -> progress.ProgressInput:
    return progress.ProgressInput(
        steps=tuple(Step(word) for word in sheet.found.row.type["steps"]),
        status=Status(order.status),
        past=past,
        items=tuple(ItemState(item.state) for item in order.items),
        waiting_on=order.next.who,
    )


def _decision(sheet: OrderRecord, access: Access) -> str | None:
    """The page of the inbox on which this person decides about the order, if they are asked to."""
    waiting = (one.id for one, _ in sheet.approvals if one.state == "pending" and one.approver_id == access.person.id)
    return next(waiting, None) if access.may(Right.ORDER_DECIDE, sheet.found.relations) else None


def _line(item: ItemView, sheet: OrderRecord, order: OrderView, holder: str | None) -> ItemLine:
    answers = {**order.answers, **item.answers}
    number = f"Line {item.mdn if '•' in item.mdn else formatting.telephone(item.mdn)}" if item.mdn else ""
    held = f"{number or 'Line'} of {holder}" if holder else number
    about = held if Ask.LINE in answers else headline(answers, sheet.products)
    return ItemLine(
        item=item,
        headline=about or order.type.title,
        details=details(item.answers, sheet.products),
        activatable=item.state in _IN_HAND,
    )


def _needs(sheet: OrderRecord) -> tuple[tuple[str, str], ...]:
    """What the carrier lacks and the order asks for, as ask and label."""
    said: Any = sheet.last.data.get("needs") if sheet.last else None
    asked = {*sheet.found.row.type["asks"]}
    return tuple((name, QUESTIONS[Ask(name)].label) for name in said or () if name in asked)
