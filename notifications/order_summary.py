"""An order as text for emails and approval pages. It holds no secrets and no complete IMEI."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from models import formatting, questions
from models.carrier_quote import sentences_of
from models.db.order_details import OrderDetails
from models.db.orders import item_reports, order_values
from models.db.orders.tables import ItemRow, OrderRow, ParcelRow
from models.events.preparation import RECEIVED
from models.flag import flag_text
from models.holder import NOBODY, Holder, NamedHolder
from models.lifecycle import ItemState
from models.order import Order
from models.order_type import FrozenType, OrderType, Subject, texts_of
from models.question import Answerer, Asked, AskedAt, Question, Secrecy, Source, Tell
from models.questions.features import outcome_in_words
from models.questions.termination import UNDO_UNTIL
from models.readable import readable
from models.rule_kinds.disconnection import undo_sentence
from models.status_labels import label
from models.step import ships
from notifications.foreign_text import our_own
from notifications.return_text import ReturnText, return_text


@dataclass(frozen=True, kw_only=True)
class ParcelText:
    """A parcel as text; `url` is the page of its shipping carrier, if that is known."""

    tracking_number: str
    shipping_carrier: str | None
    url: Markup | None
    has_arrived: bool


@dataclass(frozen=True, kw_only=True)
class ItemText:
    """One item of an order as text.

    Attributes:
        name: the item in a few words: its device, or the phone number of an existing line.
        headline: the name with the plan, or with whom the line or device was assigned to at submit.
        changes: those of the details that replace what the line has, with both values.
        charges: both parts of the price, also the one that is zero.
        device: the last four digits of the IMEI.
        undo_until: until when it can be undone, for an order that asks about it.
    """

    id: str
    number: int
    name: str
    headline: str
    details: tuple[tuple[str, str], ...]
    changes: tuple[tuple[str, str], ...]
    charges: str
    price: str
    outcome: str
    decline_reason: str | None
    phone_number: str | None
    device: str | None
    parcels: tuple[ParcelText, ...]
    expected_at: datetime | None
    ships: bool
    line_id: str | None = None
    undo_until: str | None = None
    returned: ReturnText | None = None


@dataclass(frozen=True, kw_only=True)
class OrderText:
    """One order as text. `title` is `iPhone 17 256 GB for Ben Ortiz`; `price` is empty if it is free.

    `approve` is what its approvers are asked: `Approve iPhone 17 256 GB for Ben Ortiz?`.

    `carrier_says` are sentences about what the carrier charges, and what the lines lose.
    """

    number: str
    type_code: str
    type_title: str
    title: str
    approve: str
    requester: str
    beneficiary: NamedHolder
    for_someone_else: bool
    account: str
    carrier: str
    items: tuple[ItemText, ...]
    details: tuple[tuple[str, str], ...]
    one_time: str
    monthly: str
    price: str
    adds_charges: bool
    term_total: str
    term_months: int
    cost_centers: str | None
    reason: str | None
    flags: tuple[str, ...]
    carrier_says: tuple[str, ...]
    urgent: bool
    effective: str | None
    with_carrier: bool
    about: Subject
    processing: str
    done: str
    late: tuple[Asked, ...]

    def asked_of(self, *, requester: bool, beneficiary: bool) -> tuple[str, ...]:
        """The labels of the late questions that this person answers."""
        answers = {Answerer.REQUESTER: requester, Answerer.BENEFICIARY: beneficiary}
        return tuple(questions.find(asked.code).label for asked in self.late if answers[asked.who])

    @property
    def ships(self) -> bool:
        return any(item.ships for item in self.items)

    @property
    def what(self) -> str:
        """`iPhone 17 256 GB and 2 more`; for existing lines and devices the title."""
        more = f" and {len(self.items) - 1} more" if len(self.items) > 1 else ""
        return self.title if self.about is not Subject.NONE else self.items[0].name + more

    @property
    def title_with_price(self) -> str:
        """`iPhone 17 256 GB for Ben Ortiz – $65.00/month`."""
        return f"{self.title} – {self.price}" if self.price else self.title


def order_text(
    order_details: OrderDetails,
    carrier_names: Mapping[str, str],
    order_types: Mapping[str, OrderType],
    *,
    reader_id: str,
) -> OrderText:
    """The order for one reader of an email or of an approval page; `carrier_names` and `order_types` are by code."""
    order, value = order_details.order, order_values.from_rows(order_details.order, order_details.items)
    kind = value.type
    texts, requester = texts_of(order_types, kind.code, order.answers), order_details.name(order.requester_id)
    up_to = readable(order_details.relations_of(reader_id), identifiers=False)
    tell = partial(details, kind, names=order_details.names, up_to=up_to, requester=requester)
    return OrderText(
        number=order.number,
        type_code=kind.code,
        type_title=texts.title,
        title=formatting.order_title(order.title),
        approve=texts.approve.format(title=formatting.order_title(order.title)),
        requester=requester,
        beneficiary=order_details.beneficiary,
        for_someone_else=order.beneficiary not in {NOBODY, Holder.of(person_id=order.requester_id)},
        account=f"{order_details.account.name} ({order_details.account.number})",
        carrier=carrier_names.get(order.carrier or "", "The carrier"),
        items=tuple(_item(order_details, value, item, texts.title, tell) for item in order_details.items),
        details=tell(order.answers),
        one_time=formatting.money(order.one_time, order.currency),
        monthly=formatting.monthly_charge(order.monthly, order.monthly_before, order.currency),
        price=formatting.price(*_charges(order), order.currency),
        adds_charges=order.one_time > 0 or order.monthly > order.monthly_before,
        term_total=formatting.total_charge(order.term_total, order.monthly_before, order.currency),
        term_months=order.term_months,
        cost_centers=_cost_centers(order.cost_center_one_time, order.cost_center_recurring),
        reason=order.reason,
        flags=tuple(map(flag_text, order.flags)),
        carrier_says=sentences_of(order_values.carrier_quotes_of(order), order.currency),
        urgent=order.urgency == "emergency",
        effective=formatting.date_time(order.effective_at, order_details.policy.time_zone)
        if order.effective_at
        else None,
        with_carrier=kind.with_carrier,
        about=kind.subject,
        processing=texts.processing.format(carrier=carrier_names.get(order.carrier or "", "The carrier")),
        done=texts.result(len(order_details.items)),
        late=kind.asked(AskedAt.LATE),
    )


def _charges(row: OrderRow | ItemRow) -> tuple[Decimal, Decimal, Decimal]:
    """One-time, monthly, and the monthly charge that is replaced."""
    return row.one_time, row.monthly, row.monthly_before


def _item(
    order_details: OrderDetails,
    value: Order,
    item: ItemRow,
    type_title: str,
    tell: Callable[..., tuple[tuple[str, str], ...]],
) -> ItemText:
    """`tell` is `details` for this order and its reader."""
    order, kind, names = order_details.order, value.type, order_details.names
    case = order_details.returns.get(item.id)
    phone_number = formatting.phone_number(item.mdn) if item.mdn else None
    answers = item_reports.current_answers(item)
    own_answers = {ask: answer for ask, answer in answers.items() if order.answers.get(ask) != answer}
    changed = {code: answers[code] for code, old in item.before.items() if answers[code] != old}
    if kind.about_inventory:
        name = names.get(item.device_id, "a device") if item.device_id else phone_number or "a line"
        title = _with_holder(order_details, item, name)
    else:
        title = headline(kind, item.answers, names) or type_title
        name = next(_selected(kind, item.answers, names), title)
    return ItemText(
        id=item.id,
        number=item.number,
        name=name,
        headline=title,
        details=tell(own_answers, before=item.before),
        changes=tell(changed, before=item.before),
        charges=formatting.item_price(*_charges(item), order.currency),
        price=formatting.price(*_charges(item), order.currency),
        outcome=label(item.state),
        decline_reason=_decline_reason(item, names),
        phone_number=phone_number,
        device=f"IMEI ending in {item.imei[-4:]}" if item.imei else None,
        parcels=tuple(_parcel(item, parcel) for parcel in order_details.parcels.get(item.id, ())),
        expected_at=item.expected_at,
        ships=ships(value.steps_of(value.item(item.id))),
        line_id=item.line_id,
        undo_until=_undo_until(order_details, item),
        returned=return_text(case, order.currency, order.answers) if case else None,
    )


def _decline_reason(item: ItemRow, names: Mapping[str, str]) -> str | None:
    """Why the carrier has refused it, or a part of it."""
    if item.state == ItemState.PARTLY_DONE:
        return outcome_in_words(item.answers, item.refused_features, names)
    return item.detail if item.state == ItemState.DECLINED else None


def _undo_until(order_details: OrderDetails, item: ItemRow) -> str | None:
    """As it was said before the decision, until the line is disconnected."""
    if item.line_id and item.line_id in order_details.last_days:
        return undo_sentence(order_details.last_days[item.line_id])
    return UNDO_UNTIL.of(item.answers)


def _parcel(item: ItemRow, parcel: ParcelRow) -> ParcelText:
    return ParcelText(
        tracking_number=parcel.tracking_number,
        shipping_carrier=parcel.shipping_carrier,
        url=our_own(parcel.tracking_url) if parcel.tracking_url else None,
        has_arrived=item_reports.arrived_at(item, parcel) is not None,
    )


def _with_holder(order_details: OrderDetails, item: ItemRow, name: str) -> str:
    """The name of a line or device, and whom it was assigned to at submit."""
    received = next((event.data for event in order_details.events if event.event == RECEIVED.code), {})
    holder = received.get("held_by", {}).get(item.id)
    return f"{name} – {holder}" if holder else name


def headline(kind: FrozenType, answers: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """`iPhone 17 256 GB with Business Unlimited`; `names` maps SKUs to product names."""
    return " with ".join(_selected(kind, answers, names))


def _selected(kind: FrozenType, answers: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    for code in kind.codes:
        question = questions.find(code)
        if question.tell is Tell.HEADLINE and answers.get(code):
            yield question.text(answers[code], names)


def details(
    kind: FrozenType,
    answers: Mapping[str, Any],
    names: Mapping[str, str],
    *,
    up_to: Secrecy,
    requester: str,
    before: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[tuple[str, str], ...]:
    """The answers that are told as details, as pairs of label and text; those above `up_to` are masked.

    What the carrier reports is shown with the item's identifiers instead.
    `before` is what they replace: `Business Flex 10 GB (was Business Unlimited)`. What a consent accepts is told with
    the name of the `requester`: `International roaming (accepted by Erin Walsh)`.
    """
    # The headline of an order for existing lines or devices is the line or device.
    told = {Tell.DETAIL, Tell.HEADLINE} if kind.about_inventory else {Tell.DETAIL}
    rows = []
    for asked in (one for one in kind.questions if one.code not in kind.reported):
        question, answer, old = questions.find(asked.code), answers.get(asked.code), before.get(asked.code)
        # "No" to an optional question says nothing.
        says_nothing = (answer in (None, "", []) and not old) or (answer is False and asked.by is Source.NONE)
        if question.tell in told and asked.code in answers and not says_nothing:
            rows.append((question.label, _with_old(question, answer, old, names, up_to)))
        accepted = question.accepts(answers, before) if question.accepts and answer else ()
        if accepted:
            rows.append((question.label, f"{question.text([*accepted], names)} (accepted by {requester})"))
    return tuple(rows)


def _with_old(question: Question[Any], answer: Any, old: Any, names: Mapping[str, str], up_to: Secrecy) -> str:
    """`Business Flex 10 GB (was Business Unlimited)`."""
    new = _text(question, answer, names, up_to)
    was = _text(question, old, names, up_to) if old else new
    return f"{new} (was {was})" if was != new else new


def _text(question: Question[Any], answer: Any, names: Mapping[str, str], up_to: Secrecy) -> str:
    return question.text(question.visible(answer, up_to), names) if answer != [] else "None"


def _cost_centers(one_time: str | None, monthly: str | None) -> str | None:
    if one_time and monthly and one_time != monthly:
        return f"{one_time} (one-time), {monthly} (monthly)"
    return one_time or monthly
