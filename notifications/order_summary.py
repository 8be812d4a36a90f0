"""An order in words, for mails and approval pages: what, for whom, at which price, why. No secrets, no full IMEI."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from models.asks import QUESTIONS, Ask, Source, When
from models.db.catalog.tables import ProductRow
from models.db.order_details import OrderDetails
from models.db.orders import order_values
from models.db.orders.tables import ItemRow
from models.lifecycle import Event, ItemState
from notifications import formatting

_HEADLINE = (Ask.DEVICE, Ask.PLAN)
# The headline says these; consents say nothing about what is ordered; the rest of what is left out is asked late.
_NOT_DETAILS = frozenset({*_HEADLINE, Ask.LINE, Ask.RECURRING_CHARGES, Ask.USE_POLICY})
FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "OUT_OF_POLICY": "Outside the policy: something in this order is not among what is normally bought.",
        "OVER_DEVICE_CAP": "Outside the policy: the device costs more than the policy's limit for devices.",
        "OVER_THRESHOLD": "The total over the term reaches the amount from which the budget is looked at, too.",
        "OVER_LINE_ALLOWANCE": "Outside the policy: this is one line more than an employee normally holds.",
    }
)


@dataclass(frozen=True, kw_only=True)
class ItemSummary:
    """One item in words. `device` tells a device from others by the end of its IMEI only.

    `why_not` is what the carrier says of one that it refused.
    """

    id: str
    number: int
    headline: str
    details: tuple[tuple[str, str], ...]
    one_time: str
    monthly: str
    state: str
    why_not: str | None
    telephone: str | None
    device: str | None
    shipped_by: str | None
    tracking_number: str | None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One order in words; amounts are formatted, `flags` are the rules' remarks as sentences."""

    number: str
    title: str
    requester: str
    beneficiary: str
    account: str
    carrier: str
    items: tuple[ItemSummary, ...]
    details: tuple[tuple[str, str], ...]
    one_time: str
    monthly: str
    term_total: str
    term_months: int
    cost_centers: str | None
    reason: str | None
    flags: tuple[str, ...]
    urgent: bool
    effective: str | None
    ships: bool
    with_carrier: bool
    about_lines: bool
    changes_hands: bool
    free: bool
    done: str

    @property
    def what(self) -> str:
        """The order in a few words: its first item, and how many more there are; of lines, what becomes of them."""
        more = len(self.items) - 1
        first = f"{self.items[0].headline} and {more} more" if more else self.items[0].headline
        return f"{formatting.inside(self.title)} of {first}" if self.about_lines else first

    @property
    def wish(self) -> str:
        """What and for whom, as a part of a sentence; a line that keeps its holder names them already."""
        if self.about_lines:
            return f"{self.what} to {self.beneficiary}" if self.changes_hands else self.what
        return f"{self.what} for {self.beneficiary}"

    @property
    def costs(self) -> str:
        """What it costs, as a part of a sentence; nothing is said of what is free."""
        return "" if self.free else f": {self.one_time} once and {self.monthly} a month"

    @property
    def priced(self) -> str:
        """The wish with its price in short, for a subject."""
        return self.wish if self.free else f"{self.wish} ({self.one_time} once, {self.monthly} a month)"

    @property
    def for_whom(self) -> str:
        """Who gets it, and who asks for it where that is somebody else."""
        return self.beneficiary if self.beneficiary == self.requester else f"{self.beneficiary}, by {self.requester}"


def summarize(dossier: OrderDetails) -> Summary:
    """The order as it is stored now."""
    order, kind = dossier.order, order_values.type_of(dossier.order)
    return Summary(
        number=order.number,
        title=kind.title,
        requester=dossier.name(order.requester_id),
        beneficiary=dossier.name(order.beneficiary_id),
        account=f"{dossier.account.name} ({dossier.account.number})",
        carrier=formatting.sentence(order.carrier or "the carrier"),
        items=tuple(_item(dossier, item) for item in dossier.items),
        details=details(order.answers, _names(dossier.products)),
        one_time=formatting.money(order.one_time, order.currency),
        monthly=formatting.money(order.monthly, order.currency),
        term_total=formatting.money(order.term_total, order.currency),
        term_months=order.term_months,
        cost_centers=_cost_centers(order.cost_center_one_time, order.cost_center_recurring),
        reason=order.reason,
        flags=tuple(FLAGS.get(flag, formatting.sentence(flag)) for flag in order.flags),
        urgent=order.urgency == "emergency",
        effective=formatting.moment(order.effective_at, dossier.policy.time_zone) if order.effective_at else None,
        ships=kind.ships,
        with_carrier=kind.carrier_action is not None,
        about_lines=kind.about_lines,
        changes_hands=kind.changes_hands,
        free=not (order.one_time or order.monthly),
        done=kind.done,
    )


def _item(dossier: OrderDetails, item: ItemRow) -> ItemSummary:
    currency, names = dossier.order.currency, _names(dossier.products)
    about = _line(dossier, item) if Ask.LINE in item.answers else headline(item.answers, names)
    return ItemSummary(
        id=item.id,
        number=item.number,
        headline=about or str(dossier.order.type["title"]),
        details=details(_own(item.answers, dossier.order.answers), names),
        one_time=formatting.money(item.one_time, currency),
        monthly=formatting.money(item.monthly, currency),
        state=formatting.sentence(item.state),
        why_not=item.detail if item.state == ItemState.REFUSED else None,
        telephone=formatting.telephone(item.mdn) if item.mdn else None,
        device=f"IMEI ending in {item.imei[-4:]}" if item.imei else None,
        shipped_by=item.shipping_carrier,
        tracking_number=item.tracking_number,
    )


def _line(dossier: OrderDetails, item: ItemRow) -> str:
    """A line as it was when the order was placed: its number, and who held it."""
    number = formatting.telephone(item.mdn) if item.mdn else "a line"
    received = next((event.data for event in dossier.events if event.event == Event.RECEIVED), {})
    holder = received.get("held_by", {}).get(item.id)
    return f"{number} ({holder})" if holder else number


def _own(answers: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    """What an item says beyond what holds for the whole order."""
    return {ask: answer for ask, answer in answers.items() if common.get(ask) != answer}


def headline(answers: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What an item is about, in a few words; `names` are the products' by SKU."""
    return " with ".join(_named(answers[ask], names) for ask in _HEADLINE if answers.get(ask))


def details(answers: Mapping[str, Any], names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What was answered beyond the headline, as label and words."""
    shown = (ask for ask in Ask if ask not in _NOT_DETAILS and QUESTIONS[ask].when is When.SUBMIT)
    return tuple(
        (QUESTIONS[ask].label, formatting.answer(ask, answers[ask], names))
        for ask in shown
        if ask in answers and _tells(ask, answers[ask])
    )


def _tells(ask: Ask, answer: Any) -> bool:
    """Whether an answer is worth telling: a question that may stay open, and was denied, is not."""
    return answer not in (None, "", []) and (answer is not False or QUESTIONS[ask].default is not Source.NONE)


def _named(sku: Any, names: Mapping[str, str]) -> str:
    return names.get(str(sku), str(sku))


def _names(products: Mapping[str, ProductRow]) -> dict[str, str]:
    return {sku: product.name for sku, product in products.items()}


def _cost_centers(once: str | None, recurring: str | None) -> str | None:
    if once and recurring and once != recurring:
        return f"{once} (once), {recurring} (monthly)"
    return once or recurring
