"""What a carrier says that an item of an order would cost and bring with it, before the order is placed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from models.formatting import day, join_names, money

# What pages and emails say of an item about which the carrier has not answered.
NOT_CONFIRMED = "The carrier hasn't confirmed the cost yet."
_NOTHING = Decimal("0.00")


@dataclass(frozen=True, kw_only=True)
class CarrierQuote:
    """A carrier's answer about one item, in the policy's currency; UNKNOWN if there is none.

    Attributes:
        eligible: whether the carrier would do it; None if it doesn't say.
        why_not: why it would not, in the carrier's words; `why_not_code` is its code for the reason.
        one_time: what it charges once, besides the fees below.
        monthly_delta: by how much the monthly charge changes.
        etf: the fee for ending the contract early.
        installments_left: what is left of the device's installments and becomes due at once.
        credits_forfeited: the credits that are lost.
        upgrade_fee: the fee for another device.
        earliest: the first day on which it can be done.
        backorder_until: when a device that is not in stock is expected.
        plan_withdrawn: whether the line's plan is no longer offered, so that the line can't come back with it.
        partial: whether the carrier said something that could not be read.
    """

    eligible: bool | None = None
    why_not: str | None = None
    why_not_code: str | None = None
    one_time: Decimal = _NOTHING
    monthly_delta: Decimal = _NOTHING
    etf: Decimal = _NOTHING
    installments_left: Decimal = _NOTHING
    credits_forfeited: Decimal = _NOTHING
    upgrade_fee: Decimal = _NOTHING
    earliest: date | None = None
    backorder_until: date | None = None
    plan_withdrawn: bool = False
    partial: bool = False

    @property
    def is_known(self) -> bool:
        return self != UNKNOWN

    @property
    def fees(self) -> Decimal:
        """What is charged once because the order ends or replaces something early."""
        return self.etf + self.installments_left + self.upgrade_fee

    @property
    def needs_consent(self) -> bool:
        """Whether the requester has to accept the fees."""
        return self.etf > 0 or self.installments_left > 0

    @property
    def amounts(self) -> dict[str, Decimal]:
        """What the requester accepts, by name; without what is zero."""
        names = ("etf", "installments_left", "credits_forfeited", "upgrade_fee")
        return {name: amount for name in names if (amount := getattr(self, name))}

    def fee_sentences(self, currency: str) -> Iterator[str]:
        """What the order forfeits, as sentences."""
        if self.etf:
            yield f"The carrier charges {money(self.etf, currency)} for ending the contract early."
        if self.installments_left:
            yield f"The carrier charges the remaining installments, {money(self.installments_left, currency)}, at once."
        if self.upgrade_fee:
            yield f"The carrier charges an upgrade fee of {money(self.upgrade_fee, currency)}."
        if self.credits_forfeited:
            yield f"The line loses {money(self.credits_forfeited, currency)} in credits."

    def sentences(self, currency: str) -> Iterator[str]:
        """Everything that the carrier says, but for why it would not do it."""
        if not self.is_known:
            yield NOT_CONFIRMED
        yield from self.fee_sentences(currency)
        if self.one_time:
            yield f"The carrier quotes a one-time charge of {money(self.one_time, currency)}."
        if self.monthly_delta:
            difference = "more" if self.monthly_delta > 0 else "less"
            yield f"The carrier quotes {money(abs(self.monthly_delta), currency)} {difference} per month."
        if self.earliest:
            yield f"The carrier can do this from {day(self.earliest)}."
        if self.backorder_until:
            yield f"The device is backordered until {day(self.backorder_until)}."
        if self.plan_withdrawn:
            yield "The carrier no longer offers the line's plan."
        if self.partial:
            yield "Part of the carrier's quote couldn't be read."


UNKNOWN = CarrierQuote()


def sentences_of(quotes: Sequence[CarrierQuote], currency: str) -> tuple[str, ...]:
    """Everything that the carrier says about the items of an order, each sentence once with the items it is about."""
    return _by_item([tuple(quote.sentences(currency)) for quote in quotes])


def fee_sentences_of(quotes: Sequence[CarrierQuote], currency: str) -> tuple[str, ...]:
    """What the items of an order forfeit, likewise."""
    return _by_item([tuple(quote.fee_sentences(currency)) for quote in quotes])


def _by_item(sentences: Sequence[Sequence[str]]) -> tuple[str, ...]:
    if len(sentences) == 1:
        return tuple(sentences[0])
    numbers: dict[str, list[str]] = {}
    for number, of_item in enumerate(sentences, start=1):
        for sentence in of_item:
            numbers.setdefault(sentence, []).append(str(number))
    return tuple(
        f"{'Line' if len(of) == 1 else 'Lines'} {join_names(of)}: {sentence}" for sentence, of in numbers.items()
    )
