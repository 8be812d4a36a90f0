"""The content of the order page for one person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.deps import Access, Services
from api.http.statuses import tone
from api.next_orders.operations import Offers, offers
from api.order_form.fields import Field, FormState, field_of
from api.orders import presenter
from api.orders.event_stream import complete_up_to
from api.orders.late_questions import ACTIVATION, CARRIER_QUESTION, correctable, needed_by_carrier, with_new_number
from api.orders.presenter import OrderRecord
from api.orders.schemas import ItemView, OrderView
from api.orders.timeline import TimelineLine, entry_of, pauses_for, timeline_lines
from models import formatting, questions
from models.carrier_quote import sentences_of
from models.db import tenant_context
from models.db.line_timers import line_timers
from models.db.orders import order_values
from models.db.orders.tables import DraftRow, EventRow
from models.db.tenant_context import TenantContext
from models.events.preparation import RECEIVED
from models.flag import flag_text
from models.lifecycle import ItemState, Status
from models.order import Identifiers, OrderRef
from models.order_type import Cause, FrozenType
from models.question import Asked, AskedAt, Secrecy
from models.questions.device import DEVICE_HELD
from models.rule_kinds.disconnection import undo_sentence
from models.step import Step
from notifications.order_summary import details, headline
from policies import progress
from policies.access import Right

_DELIVERED = frozenset({ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION})


@dataclass(frozen=True, kw_only=True)
class ItemLine:
    """One item with its answers as label and text.

    `questions` are those that are asked with its activation. `has_new_number`: its line has one that is to be accepted.
    `return_url` is the form of the order that returns it.
    """

    item: ItemView
    headline: str
    details: tuple[tuple[str, str], ...]
    can_activate: bool
    can_return: bool
    return_url: str
    questions: tuple[Field, ...]
    has_new_number: bool


@dataclass(frozen=True, kw_only=True)
class OrderPage:
    """`since` is when the current status began, `complete` the event up to which none is missing.

    `later` are the events recorded after the one the page was opened with. `approval` is the own pending approval
    request of the person, `viewer_id`; `is_asked`: an approver or the carrier has a question. `needs` has the fields
    for what the carrier asks for, `corrections` those for what it has refused. `offers` are what can be ordered next,
    `draft` is the person's draft of this type, which ordering again replaces. `undo_until` says until when the lines it
    has disconnected can be reconnected.
    """

    order: OrderView
    tenant: TenantContext
    tone: str
    since: datetime | None
    steps: tuple[progress.ProgressStep, ...]
    lines: tuple[ItemLine, ...]
    details: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]
    carrier_says: tuple[str, ...]
    is_asked: bool
    needs: tuple[Field, ...]
    corrections: tuple[Field, ...]
    activity: list[TimelineLine]
    complete: int
    later: frozenset[str]
    approval: str | None
    viewer_id: str
    can_see_history: bool
    offers: Offers
    undo_until: tuple[str, ...]
    draft: DraftRow | None


async def open_page(services: Services, access: Access, ref: str, seq: int = 0) -> OrderPage:
    """Waits up to a second for event `seq`. Raises NotFound."""
    await presenter.wait_for_event(services, access, ref, seq)
    async with services.database.read() as session:
        record, events = await presenter.read_with_events(session, access, ref)
        tenant = await tenant_context.load(session, access.person, services.now())
        pauses = await pauses_for(session, access, record.found.row)
        offered = await offers(session, services, access, record.found, record.parts.items)
        can_be_undone = any(one.cause is Cause.INVERSE for one in offered.next_orders)
        ref_of_order = OrderRef(tenant=record.found.row.tenant, id=record.found.row.id)
        last_days = await line_timers.last_days_after(session, ref_of_order) if can_be_undone else {}
    reached = max((event.position or 0 for event in events if event.seq <= seq), default=0)
    items, products = record.parts.items, record.parts.products
    order, value = presenter.order_view(record, access, services), order_values.from_rows(record.found.row, items)
    kind, numbers = value.type, with_new_number(items, events)
    of_carrier = [one for one in items if one.state == ItemState.INFO_REQUIRED and one not in numbers]
    past = tuple(progress.PastEvent(event=event.event, status=Status(event.status), at=event.at) for event in events)
    item_numbers = {item.id: item.number for item in order.items} if len(order.items) > 1 else {}
    return OrderPage(
        order=order,
        tenant=tenant,
        tone=tone(order.status),
        since=None if Status(order.status).final else progress.status_since(past),
        steps=progress.progress_steps(_progress(value.steps, order, past)),
        lines=_item_lines(
            kind,
            record,
            order,
            events,
            readable=access.is_allowed(Right.ORDER_IDENTIFIERS, record.found.relations),
            returned_by=next((one.code for one in services.order_types.values() if one.returns), ""),
        ),
        details=details(kind, order.answers, products, up_to=Secrecy.IDENTIFIER, requester=order.requester.name),
        flags=tuple(map(flag_text, order.flags)),
        carrier_says=sentences_of(order_values.carrier_quotes_of(record.found.row), order.price.currency),
        is_asked=order.status == Status.INFO_REQUESTED or bool(of_carrier),
        needs=_fields(needed_by_carrier(kind, of_carrier, events), CARRIER_QUESTION, {}),
        corrections=_fields(correctable(kind, items, events), CARRIER_QUESTION, _refused_answers(order, record)),
        activity=timeline_lines([entry_of(event, services.carrier_names, pauses) for event in events], item_numbers),
        complete=complete_up_to(event.seq for event in events),
        later=frozenset(event.event for event in events if (event.position or 0) > reached),
        approval=_own_approval(record, access),
        viewer_id=access.person.id,
        can_see_history=access.is_allowed(Right.ORDER_HISTORY, record.found.relations),
        offers=offered,
        undo_until=tuple(dict.fromkeys(map(undo_sentence, last_days.values()))),
        draft=tenant.draft(order.type.code),
    )


def _item_lines(
    kind: FrozenType,
    record: OrderRecord,
    order: OrderView,
    events: list[EventRow],
    *,
    readable: bool,
    returned_by: str,
) -> tuple[ItemLine, ...]:
    """`readable`: the person sees identifiers in full, so fields start with what is known.

    `returned_by` is the type of orders that return a device.
    """
    numbered = {one.id for one in with_new_number(record.parts.items, events)}
    holders: Any = next((event.data.get("held_by") for event in events if event.event == RECEIVED.code), None) or {}
    return tuple(
        ItemLine(
            item=item,
            headline=_headline(kind, item, record, order, holders.get(item.id)),
            details=details(
                kind,
                item.answers,
                record.parts.products,
                up_to=Secrecy.IDENTIFIER,
                requester=order.requester.name,
                before=item.before,
            ),
            can_activate=item.state in _DELIVERED and not _goes_back(record, item.id),
            can_return=item.state in _DELIVERED and item.id not in record.returning,
            return_url=f"/order/{returned_by}?{DEVICE_HELD.code}={record.on_way.get(item.id, '')}",
            questions=_fields(kind.asked(AskedAt.LATE), ACTIVATION, _known(item) if readable else {}),
            has_new_number=item.id in numbered,
        )
        for item in order.items
    )


def _goes_back(record: OrderRecord, item_id: str) -> bool:
    found = record.returning.get(item_id)
    return found is not None and not found.is_traced


def _headline(kind: FrozenType, item: ItemView, record: OrderRecord, order: OrderView, holder: str | None) -> str:
    if not kind.about_inventory:
        return headline(kind, {**order.answers, **item.answers}, record.parts.products) or order.type.title
    number = formatting.phone_number(item.mdn) if item.mdn else "Line"
    name = (item.device_name or "Device") if kind.about_devices else number
    return f"{name} – {holder}" if holder else name


def _progress(
    steps: tuple[Step, ...], order: OrderView, past: tuple[progress.PastEvent, ...]
) -> progress.ProgressInput:
    return progress.ProgressInput(
        steps=steps,
        status=Status(order.status),
        past=past,
        items=tuple(ItemState(item.state) for item in order.items),
        waiting_on=order.next.who,
    )


def _own_approval(record: OrderRecord, access: Access) -> str | None:
    own = (approval for approval, _ in record.parts.approvals if approval.approver_id == access.person.id)
    pending = (approval.id for approval in own if approval.state == "pending")
    return next(pending, None) if access.is_allowed(Right.ORDER_DECIDE, record.found.relations) else None


def _fields(all_asked: Iterable[Asked], place: str, known: Mapping[str, Any]) -> tuple[Field, ...]:
    state = FormState(body={place: known})
    return tuple(field_of(questions.find(asked.code), asked, place, state) for asked in all_asked)


def _refused_answers(order: OrderView, record: OrderRecord) -> dict[str, Any]:
    """What the person sees of the answers of the first item that was refused: no secret, nothing that is hidden."""
    states = {item.id: item.state for item in record.parts.items}
    refused = next((item for item in order.items if states.get(item.id) == ItemState.REFUSED), None)
    known = {**order.answers, **_known(refused)} if refused else {}
    plain = {code for code, question in questions.all_by_code().items() if question.secrecy is Secrecy.PLAIN}
    return {code: answer for code, answer in known.items() if code in plain}  # no question has a phone number


def _known(item: ItemView) -> dict[str, Any]:
    """What is known of an item, by question: its answers, or what the carrier has reported in their place."""
    return item.answers | Identifiers.among(item.model_dump()).known
