"""What an order type is: a value that says which questions, checks, steps and approvals an order has."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from models.asks import QUESTIONS, Ask, When


class Family(StrEnum):
    """What a request does to the inventory, as people think of it."""

    NEW = "NEW"
    MODIFY = "MODIFY"
    DELETE = "DELETE"


class Aspect(StrEnum):
    """The part of a line an order changes; two open orders may not change the same one."""

    DEVICE = "device"
    SIM = "sim"
    NUMBER = "number"
    PLAN = "plan"
    FEATURES = "features"
    STATUS = "status"
    HOLDER = "holder"
    ALL = "all"


def in_the_way(wanted: Collection[str], claims: Mapping[str, str]) -> tuple[str, str] | None:
    """The first of `claims` (aspect and number of the order that has it) that does not leave these aspects alone."""
    for aspect, number in claims.items():
        if aspect in wanted or aspect == Aspect.ALL or Aspect.ALL in wanted:
            return aspect, number
    return None


class Step(StrEnum):
    """One stretch of an order's way. Words are only ever added: running orders carry them."""

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
    """Points an order passes; a cancellation window closes at one of them."""

    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    PLACED = "PLACED"
    SHIPPED = "SHIPPED"
    ACTIVATED = "ACTIVATED"
    APPLIED = "APPLIED"


class Template(StrEnum):
    """Approval plans ready for use: nobody, the manager, then the admin, then the budget owner.

    BOTH_MANAGERS asks the managers of those who take a line over and of those who give it away.
    """

    NONE = "NONE"
    MANAGER = "MANAGER"
    MANAGER_THEN_ADMIN = "MANAGER_THEN_ADMIN"
    MANAGER_THEN_BUDGET = "MANAGER_THEN_BUDGET"
    BOTH_MANAGERS = "BOTH_MANAGERS"


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
    """What goes on running after an order has done its part, with a workflow of its own."""

    SUSPENSION = "suspension"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """The fields of a type that differ when `ask` was answered with `equals`."""

    ask: Ask
    equals: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class OrderType:
    """An order type, whole. An order carries the value it was placed under, its variant resolved.

    Attributes:
        touches: aspects of an existing line that are locked from submit on; empty for a new line.
        approval: the approval plan's template; the rules may add a stage, never take one away.
        carrier_action: what the carrier is asked to do, None where no carrier takes part.
        effect: the name of the inventory effect in `models/inventory.py`.
        cancellable_until: the milestone at which canceling ends; from PLACED on the carrier is asked.
        step_up: whether submitting needs a fresh second factor.
        inverse, follow_up, alternative: codes of other types, offered to the person as what to do instead.
        multi_line: whether account owners may run it over many lines.
        clock: what starts to run when the inventory effect is applied, None where nothing does.
        done: what is so once such an order is complete, as a sentence for people.
    """

    code: str
    family: Family
    title: str
    asks: tuple[Ask, ...]
    checks: tuple[Check, ...]
    steps: tuple[Step, ...]
    effect: str
    touches: tuple[Aspect, ...] = ()
    approval: Template = Template.MANAGER
    carrier_action: str | None = None
    cancellable_until: Milestone = Milestone.PLACED
    step_up: bool = False
    inverse: str | None = None
    follow_up: str | None = None
    alternative: str | None = None
    multi_line: bool = False
    done: str = "Everything that was ordered is done."
    module: str = "mobile"
    variants: tuple[Variant, ...] = field(default=())
    clock: Timer | None = None

    @property
    def about_lines(self) -> bool:
        """Whether it is about lines that exist, one for each item."""
        return Ask.LINE in self.asks

    @property
    def ships(self) -> bool:
        """Whether goods may be sent to somebody."""
        return Ask.SHIP_TO in self.asks

    @property
    def changes_hands(self) -> bool:
        """Whether it gives a line to the person it is ordered for."""
        return Aspect.HOLDER in self.touches

    def resolve(self, answers: Mapping[str, Any]) -> "OrderType":
        """The type as it holds for these answers: the first variant that fits, flattened."""
        for variant in self.variants:
            if answers.get(variant.ask) == variant.equals:
                return replace(self, variants=(), **variant.changes)
        return replace(self, variants=())

    def typed(self) -> tuple[Ask, ...]:
        """The questions a person must really answer; nobody's own line is the one they take over."""
        return tuple(
            ask for ask in self.asked(When.SUBMIT) if QUESTIONS[ask].typed or (ask is Ask.LINE and self.changes_hands)
        )

    def asked(self, when: When) -> tuple[Ask, ...]:
        """The questions of this type that are asked at submit, or late."""
        return tuple(ask for ask in self.asks if QUESTIONS[ask].when is when)
