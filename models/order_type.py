"""An order type: a value with the questions, checks, steps and approvals of its orders."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from models.asks import QUESTIONS, Ask, When


class Family(StrEnum):
    """What an order does to the inventory, in the terms of the order menu."""

    NEW = "NEW"
    MODIFY = "MODIFY"
    DELETE = "DELETE"


class Aspect(StrEnum):
    """A part of a line. Two open orders cannot change the same one."""

    DEVICE = "device"
    SIM = "sim"
    NUMBER = "number"
    PLAN = "plan"
    FEATURES = "features"
    STATUS = "status"
    HOLDER = "holder"
    ALL = "all"


def in_the_way(wanted: Collection[str], claims: Mapping[str, str]) -> tuple[str, str] | None:
    """The first of `claims` (aspect → number of the order that locks it) that conflicts with the wanted aspects."""
    for aspect, number in claims.items():
        if aspect in wanted or aspect == Aspect.ALL or Aspect.ALL in wanted:
            return aspect, number
    return None


class Step(StrEnum):
    """One step of an order. Values are only added, never changed: running orders carry them."""

    RULE = "RULE"
    APPROVE = "APPROVE"
    CONSENT = "CONSENT"
    SCHEDULE = "SCHEDULE"
    RESERVE = "RESERVE"
    NOTIFY_HOLDER = "NOTIFY_HOLDER"
    PLACE = "PLACE"
    FULFILL = "FULFILL"
    ACTIVATE = "ACTIVATE"
    APPLY = "APPLY"
    RETURN = "RETURN"
    ENROLL = "ENROLL"


class Milestone(StrEnum):
    """The points an order passes; its cancellation window closes at one of them."""

    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    PLACED = "PLACED"
    SHIPPED = "SHIPPED"
    ACTIVATED = "ACTIVATED"
    APPLIED = "APPLIED"


class Check(StrEnum):
    """A rule an order must pass; each has one function in `policies/eligibility.py`."""

    REQUESTER_MAY_ORDER = "requester_may_order"
    BENEFICIARY_ACTIVE = "beneficiary_active"
    ACCOUNT_ACTIVE = "account_active"
    IN_CATALOG = "in_catalog"
    PLAN_FITS_DEVICE = "plan_fits_device"
    ACCESSORIES_FIT = "accessories_fit"
    FEATURES_FIT = "features_fit"
    SIM_TYPE_FITS = "sim_type_fits"
    LINE_ALLOWANCE = "line_allowance"
    COST_CENTER_VALID = "cost_center_valid"
    EFFECTIVE_DATE_IN_RANGE = "effective_date_in_range"
    LINE_ACTIVE = "line_active"
    LINE_IN_USE = "line_in_use"
    LINES_TOGETHER = "lines_together"
    SUSPEND_REASON_ALLOWED = "suspend_reason_allowed"
    RESUME_DATE_IN_RANGE = "resume_date_in_range"
    WITHIN_CARRIERS_RULE = "within_carriers_rule"
    NEW_HOLDER = "new_holder"


class Timer(StrEnum):
    """A workflow that keeps running after the order that starts it has ended."""

    SUSPENSION = "suspension"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """The fields of a type that differ if the answer to `ask` is `equals`."""

    ask: Ask
    equals: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class OrderType:
    """An order carries the type it was submitted under, with its variant resolved.

    Attributes:
        touches: aspects of an existing line that are locked from submit on; empty for a new line.
        approval: the code of the approval plan, a value in `policies/approval_plans/`.
        carrier_action: what the carrier is asked to do, None for orders without a carrier.
        effect: the name of the inventory effect in `models/inventory_effects.py`.
        cancellable_until: the milestone at which canceling ends; from PLACED on the carrier decides.
        step_up: whether submitting requires a recent second factor.
        inverse, follow_up, alternative: codes of other types, offered to the person instead.
        multi_line: whether account owners can order it for many lines at once.
        timer: the timer that starts when the inventory effect is applied.
        done, done_for_many: the result of a completed order with one item and with several, as a sentence for people.
        order_title: the title of an order of this type, with `subject` (its first product or line) and `beneficiary`.
    """

    code: str
    family: Family
    title: str
    asks: tuple[Ask, ...]
    checks: tuple[Check, ...]
    steps: tuple[Step, ...]
    effect: str
    touches: tuple[Aspect, ...] = ()
    approval: str = "MANAGER"
    carrier_action: str | None = None
    cancellable_until: Milestone = Milestone.PLACED
    step_up: bool = False
    inverse: str | None = None
    follow_up: str | None = None
    alternative: str | None = None
    multi_line: bool = False
    done: str = "Everything in your order is complete."
    done_for_many: str = "Everything in your order is complete."
    order_title: str = "{subject} for {beneficiary}"
    module: str = "mobile"
    variants: tuple[Variant, ...] = field(default=())
    timer: Timer | None = None

    @property
    def about_lines(self) -> bool:
        """Whether each item names an existing line."""
        return Ask.LINE in self.asks

    @property
    def ships(self) -> bool:
        """Whether goods can be shipped."""
        return Ask.SHIP_TO in self.asks

    @property
    def changes_hands(self) -> bool:
        """Whether it assigns a line to the beneficiary."""
        return Aspect.HOLDER in self.touches

    def result(self, items: int) -> str:
        """What a completed order with this number of items has achieved."""
        return self.done if items == 1 else self.done_for_many

    def resolve(self, answers: Mapping[str, Any]) -> "OrderType":
        """The type for these answers: the first matching variant is applied."""
        for variant in self.variants:
            if answers.get(variant.ask) == variant.equals:
                return replace(self, variants=(), **variant.changes)
        return replace(self, variants=())

    def typed(self) -> tuple[Ask, ...]:
        """The questions a person must answer; in a reassignment also the line, which then has no default."""
        return tuple(
            ask for ask in self.asked(When.SUBMIT) if QUESTIONS[ask].typed or (ask is Ask.LINE and self.changes_hands)
        )

    def asked(self, when: When) -> tuple[Ask, ...]:
        """The questions of this type that are asked then."""
        return tuple(ask for ask in self.asks if QUESTIONS[ask].when is when)
