"""An order type: a value with the questions, checks, steps and approvals of its orders."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import product
from math import prod
from types import MappingProxyType
from typing import Any

from pydantic import model_validator

from models.formatting import humanize, join_names, phone_number
from models.frozen import EDITION, upgrade
from models.question import Asked, AskedAt, Source
from models.step import Place, Step

# The check of the types whose orders give a person a line.
LINE_ALLOWANCE = "line_allowance"
# The plan of orders that no person approves.
NO_APPROVAL = "NONE"
# Every combination of a type's variants is checked when a process starts.
MAX_COMBINATIONS = 256
_OTHER_ANSWER = object()  # equals no answer that selects a variant


class Family(StrEnum):
    """What an order does to the inventory, in the terms of the order menu."""

    NEW = "NEW"
    MODIFY = "MODIFY"
    DELETE = "DELETE"


class Subject(StrEnum):
    """What each item of an order is about."""

    NONE = "none"  # something new
    LINE = "line"
    DEVICE = "device"


class ThingKind(StrEnum):
    """What orders lock."""

    LINE = "line"
    DEVICE = "device"


class Aspect(StrEnum):
    """A part of a line or a device. Two open orders cannot change the same one."""

    DEVICE = "device"  # which device is on the line
    SIM = "sim"
    PLAN = "plan"
    FEATURES = "features"
    NUMBER = "number"
    STATUS = "status"
    HOLDER = "holder"
    USE = "use"  # of a device: whose it is, and which line it is on
    GOING_BACK = "return"  # of a device

    @property
    def of(self) -> ThingKind:
        """What it is an aspect of."""
        return ThingKind.DEVICE if self in {Aspect.USE, Aspect.GOING_BACK} else ThingKind.LINE


class Milestone(StrEnum):
    """The points an order passes, in this sequence; its cancellation window closes at one of them."""

    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    PLACED = "PLACED"
    SHIPPED = "SHIPPED"
    ACTIVATED = "ACTIVATED"
    APPLIED = "APPLIED"

    @property
    def rank(self) -> int:
        return list(Milestone).index(self)


_ONCE: Mapping[Milestone, str] = MappingProxyType(
    {
        Milestone.SUBMITTED: "submitted",
        Milestone.APPROVED: "approved",
        Milestone.PLACED: "sent to the carrier",
        Milestone.SHIPPED: "shipped",
        Milestone.ACTIVATED: "activated",
        Milestone.APPLIED: "complete",
    }
)


@dataclass(frozen=True)
class CancelWindow:
    """When canceling ends: at a milestone, and this many days before the start date of an order that has one.

    From PLACED on, the carrier decides.
    """

    until: Milestone
    days_before_start: int = 0

    def closed_by(self, reached: Milestone, starts_at: datetime | None, now: datetime) -> str | None:
        """Since when canceling is no longer possible, such as `once it's shipped`; None while it is.

        `reached` is the latest milestone of the order, `starts_at` its start date, if it has one.
        """
        if reached.rank >= self.until.rank:
            return f"once it's {_ONCE[self.until]}"
        days = self.days_before_start
        if days and starts_at is not None and now >= starts_at - timedelta(days=days):
            return f"less than {days} day{'s' if days > 1 else ''} before its start date"
        return None

    @classmethod
    def shortest(cls, windows: Collection["CancelWindow"]) -> "CancelWindow":
        """The window of an order whose items have these: each limit is the one that comes first."""
        return cls(
            until=min((window.until for window in windows), key=lambda until: until.rank),
            days_before_start=max(window.days_before_start for window in windows),
        )


class Cause(StrEnum):
    """Why a person places an order after an earlier one, its parent."""

    AGAIN = "again"  # the same once more, or what is left of it
    INVERSE = "inverse"  # it takes back what the parent did
    FOLLOW_UP = "follow_up"  # it is the next thing to do
    ALTERNATIVE = "alternative"  # it reaches in another way what the parent could not


@dataclass(frozen=True)
class Alternative:
    """The code of the type to order instead of an order that is refused with this error, by its code."""

    error: str
    type: str


@dataclass(frozen=True, kw_only=True)
class Variant:
    """The fields of a type that differ if the answer to `question` is `equals`, and its texts, if they differ.

    A variant with texts asks a question of the whole order.
    """

    question: str
    equals: Any
    changes: Mapping[str, Any]
    texts: "Texts | None" = None


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What people read of a type.

    Attributes:
        title: what the type does, in two or three words.
        order_title: the title of an order, with `subject` (its first product or line), `product` (what it changes on
            that line) and `beneficiary`.
        approve: what approvers are asked, with the `title` of the order.
        processing: what happens while `{carrier}` has the order.
        done, done_for_many: the result of a completed order with one item and with several, as a sentence.
        notice: what is about to happen to `lines`, for the people the lines are assigned to; required by NOTIFY_HOLDER.
        notice_for_many: likewise for several lines of one person, where `notice` does not fit them.
    """

    title: str
    order_title: str = "{subject} for {beneficiary}"
    approve: str = "Approve {title}?"
    processing: str = "{carrier} is processing the order"
    done: str
    done_for_many: str
    notice: str = ""
    notice_for_many: str = ""

    def notice_about(self, numbers: Sequence[str]) -> str:
        """What is about to happen to the lines with these phone numbers (E.164)."""
        notice = self.notice_for_many if len(numbers) > 1 and self.notice_for_many else self.notice
        return notice.format(lines=join_names(map(phone_number, numbers)) if numbers else "a line")

    def result(self, items: int) -> str:
        """What a completed order with this number of items has achieved."""
        return self.done if items == 1 else self.done_for_many


@dataclass(frozen=True, kw_only=True)
class FrozenType:
    """What the rules and the workflow read of an order type; an order keeps it as it was at submit.

    Attributes:
        edition: the `EDITION` that the order was submitted under.
        subject: what each item is about.
        checks, effect, approval: codes of a check, an inventory effect and an approval plan.
        touches: aspects of the lines or devices that the items are about, locked from submit on; empty if nothing
            would conflict.
        steps: what the workflow does; a step of an item starts when the steps before it are done.
        step_up: whether submitting and approving require a recent second factor.
        multi_line: whether account owners can order it for many lines at once.
        quote: whether the carrier is asked what each item would cost, for the form and before the order is placed.
    """

    code: str
    edition: int
    family: Family
    subject: Subject
    questions: tuple[Asked, ...]
    checks: tuple[str, ...]
    steps: tuple[Step, ...]
    effect: str
    touches: tuple[Aspect, ...] = ()
    approval: str = "MANAGER"
    cancel_window: CancelWindow = CancelWindow(Milestone.PLACED)
    step_up: bool = False
    multi_line: bool = False
    quote: bool = False

    @model_validator(mode="before")
    @classmethod
    def _upgrade(cls, document: Any) -> Any:
        return upgrade(document) if isinstance(document, Mapping) else document

    def has(self, step: type[Step]) -> bool:
        return any(isinstance(one, step) for one in self.steps)

    @property
    def about_lines(self) -> bool:
        """Whether each item names an existing line."""
        return self.subject is Subject.LINE

    @property
    def about_devices(self) -> bool:
        """Whether each item names a device of the inventory."""
        return self.subject is Subject.DEVICE

    @property
    def about_inventory(self) -> bool:
        """Whether each item names something that exists already."""
        return self.subject is not Subject.NONE

    @property
    def locks(self) -> tuple[Aspect, ...]:
        """What it touches, and the use of the device that is on a line whose device it touches."""
        return (*self.touches, Aspect.USE) if Aspect.DEVICE in self.touches else self.touches

    @property
    def returns(self) -> bool:
        """Whether its devices go back, or are looked for because they never arrived."""
        return Aspect.GOING_BACK in self.touches

    @property
    def with_carrier(self) -> bool:
        """Whether the carrier is asked to do something."""
        return self.has(Place)

    @property
    def changes_hands(self) -> bool:
        """Whether it assigns a line to the beneficiary."""
        return Aspect.HOLDER in self.touches

    def asks(self, code: str) -> bool:
        return code in self.codes

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its questions."""
        return tuple(asked.code for asked in self.questions)

    def asked(self, at: AskedAt) -> tuple[Asked, ...]:
        """The questions of this type that are asked then."""
        return tuple(asked for asked in self.questions if asked.at is at)

    @property
    def reported(self) -> tuple[str, ...]:
        """The codes of the questions that the carrier answers, unless a person does."""
        return tuple(asked.code for asked in self.questions if asked.by is Source.CARRIER)

    def required(self) -> tuple[Asked, ...]:
        """The questions that a person must answer before the order is submitted."""
        return tuple(asked for asked in self.asked(AskedAt.SUBMIT) if asked.required)


@dataclass(frozen=True, kw_only=True)
class OrderType(FrozenType):
    """An order type of the catalog: what its orders keep, its texts, its variants, and the types that follow.

    Attributes:
        inverse: the code of the type whose orders take back what a completed order has done; None if nothing can.
        follow_ups: the codes of the types that people order next, once an order is completed.
        alternatives: what to order instead of an order that is refused.
    """

    edition: int = EDITION
    texts: Texts
    variants: tuple[Variant, ...] = ()
    inverse: str | None = None
    follow_ups: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

    @property
    def following(self) -> Iterator[tuple[Cause, str]]:
        """The types that can follow a completed order, each with its cause."""
        if self.inverse is not None:
            yield Cause.INVERSE, self.inverse
        yield from ((Cause.FOLLOW_UP, code) for code in self.follow_ups)

    def alternatives_to(self, errors: Iterable[str]) -> tuple[str, ...]:
        """The codes of the types to order instead of an order that is refused with these errors, by their codes."""
        types = (one.type for error in errors for one in self.alternatives if one.error == error)
        return tuple(dict.fromkeys(types))

    def combinations(self) -> Iterator[dict[str, Any]]:
        """The answers to the questions of its variants, for every combination of variants that can apply together.

        Of the answers to one question that select no variant, one stands for all. Raises ValueError for more
        combinations than can be checked.
        """
        answers: dict[str, list[Any]] = {}
        for variant in self.variants:
            known = answers.setdefault(variant.question, [_OTHER_ANSWER])
            if variant.equals not in known:
                known.append(variant.equals)
        if prod(map(len, answers.values())) > MAX_COMBINATIONS:
            raise ValueError(f"{self.code}: its variants have more than {MAX_COMBINATIONS} combinations")
        for chosen in product(*answers.values()):
            yield dict(zip(answers, chosen, strict=True))

    def texts_for(self, answers: Mapping[str, Any]) -> Texts:
        """The texts of an order with these answers."""
        chosen = (one.texts for one in self.variants if one.texts and answers.get(one.question) == one.equals)
        return next(chosen, self.texts)

    def possible(self) -> Iterator[FrozenType]:
        """Everything that an item of an order of this type can keep."""
        return map(self.resolve, self.combinations())

    def resolve(self, answers: Mapping[str, Any]) -> FrozenType:
        """What an order with these answers keeps: the type with all variants that apply."""
        kept = {kept.name: getattr(self, kept.name) for kept in fields(FrozenType)}
        for variant in self.variants:
            if answers.get(variant.question) == variant.equals:
                kept |= variant.changes
        return FrozenType(**kept)


_NO_ANSWERS: Mapping[str, Any] = MappingProxyType({})


def texts_of(types: Mapping[str, OrderType], code: str, answers: Mapping[str, Any] = _NO_ANSWERS) -> Texts:
    """Today's texts of an order with these order-wide answers.

    Those of a type that is no longer in the catalog are made of its code.
    """
    if code in types:
        return types[code].texts_for(answers)
    done = "Everything in your order is complete."
    notice = "There is about to be a change to {lines}."
    return Texts(title=humanize(code), done=done, done_for_many=done, notice=notice)
