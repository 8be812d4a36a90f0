"""The checks of an order: each has one function that yields the errors it finds in the facts."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from models.errors import FieldError
from models.facts import Facts
from models.formatting import day
from models.order_type import Check
from models.product import Product
from models.question import Question
from models.questions.products import ACCESSORIES, DEVICE, FEATURES, PLAN
from models.questions.sim import SIM_TYPE
from policies import line_checks as lines
from policies.access import acts_for_account
from policies.choices import Choice, choices, first, go_together
from policies.deadlines import today

Judge = Callable[[Facts], Iterator[FieldError]]


def check(facts: Facts) -> tuple[FieldError, ...]:
    """Return all errors of the order, check by check in the order its type names them."""
    return tuple(error for name in facts.type.checks for error in CHECKS[name](facts))


def say(facts: Facts) -> tuple[FieldError, ...]:
    """Return why the requester has no permission for this beneficiary, account or line."""
    return tuple(_requester_may_order(facts)) if Check.REQUESTER_MAY_ORDER in facts.type.checks else ()


def over_line_allowance(facts: Facts) -> bool:
    """Whether the order gives the beneficiary more lines than the policy allows an employee."""
    adds_lines = Check.LINE_ALLOWANCE in facts.type.checks
    return adds_lines and facts.lines_held + len(facts.answers) > facts.policy.max_lines_per_employee


def _requester_may_order(facts: Facts) -> Iterator[FieldError]:
    requester, beneficiary = facts.requester, facts.beneficiary
    if facts.type.about_lines:
        yield from lines.requester_may_change(facts)
        return
    if acts_for_account(requester, facts):
        return
    manages = any(manager.id == requester.id for manager in facts.managers)
    if requester.id != beneficiary.id and not manages:
        yield FieldError(
            code="NOT_AUTHORIZED_ON_BEHALF",
            field="beneficiary_id",
            detail=f"You don't have permission to order for {beneficiary.name}. "
            "Ask one of their managers, an account owner, or the telecom desk.",
        )
    if facts.account.id != beneficiary.account_id:
        yield FieldError(
            code="ACCOUNT_NOT_YOURS",
            field="account_id",
            detail=f"You don't have permission to charge account {facts.account.number}. "
            "Ask an account owner or the telecom desk.",
        )


def _beneficiary_active(facts: Facts) -> Iterator[FieldError]:
    if not facts.beneficiary.active:
        detail = f"{facts.beneficiary.name} is no longer an active employee. Choose someone else."
        yield FieldError(code="EMPLOYEE_INACTIVE", field="beneficiary_id", detail=detail)


def _account_active(facts: Facts) -> Iterator[FieldError]:
    if not facts.account.active:
        detail = f"Account {facts.account.number} ({facts.account.name}) is suspended. Choose another account."
        yield FieldError(code="ACCOUNT_SUSPENDED", field="account_id", detail=detail)


def _in_catalog(facts: Facts) -> Iterator[FieldError]:
    for choice in choices(facts):
        if choice.product is None:
            detail = f"{choice.sku} isn't in the catalog for {facts.beneficiary.name}. Choose something else."
            yield _about(choice, "NOT_IN_CATALOG", detail)


def _plan_fits_device(facts: Facts) -> Iterator[FieldError]:
    for choice, plan in _known(facts, PLAN):
        device = first(facts, choice.item, DEVICE)
        if device and not go_together(plan, device):
            detail = f"{plan.name} doesn't work with {device.name}. Choose another plan."
            yield _about(choice, "INCOMPATIBLE_PLAN", detail)
    yield from _one_carrier(facts)


def _one_carrier(facts: Facts) -> Iterator[FieldError]:
    """Check that all plans have the same carrier: the items of an order go to the carrier together."""
    carrier = None
    for choice, plan in _known(facts, PLAN):
        carrier = carrier or plan.carrier
        if plan.carrier not in (None, carrier):
            detail = "All lines in one order must be with the same carrier."
            yield _about(choice, "INCOMPATIBLE_PLAN", detail)


def _accessories_fit(facts: Facts) -> Iterator[FieldError]:
    for choice, accessory in _known(facts, ACCESSORIES):
        device = first(facts, choice.item, DEVICE)
        if device and not go_together(accessory, device):
            detail = f"{accessory.name} doesn't fit {device.name}. Choose another accessory."
            yield _about(choice, "ACCESSORY_INCOMPATIBLE", detail)


def _features_fit(facts: Facts) -> Iterator[FieldError]:
    for choice, feature in _known(facts, FEATURES):
        plan = first(facts, choice.item, PLAN)
        if plan and not go_together(feature, plan):
            detail = f"{feature.name} isn't available with {plan.name}. Remove it, or choose another plan."
            yield _about(choice, "FEATURE_INCOMPATIBLE", detail)


def _sim_type_fits(facts: Facts) -> Iterator[FieldError]:
    for number, answers in enumerate(facts.answers):
        device, selected = first(facts, number, DEVICE), SIM_TYPE.of(answers)
        supported = device.attributes.get("sim_types", ()) if device else ()
        if device and selected and supported and selected not in supported:
            words = " or ".join(map(SIM_TYPE.word, supported))
            detail = f"{device.name} doesn't support this SIM type. Choose {words}."
            yield FieldError(code="SIM_TYPE_INCOMPATIBLE", field=f"items.{number}.{SIM_TYPE.code}", detail=detail)


def _line_allowance(facts: Facts) -> Iterator[FieldError]:
    if over_line_allowance(facts) and not acts_for_account(facts.requester, facts):
        yield FieldError(
            code="MAX_LINES_PER_EMPLOYEE",
            field="items",
            detail=f"{facts.beneficiary.name} has {facts.lines_held} of {facts.policy.max_lines_per_employee} "
            "lines, including lines on order. Ask an account owner to order more.",
        )


def _cost_center_valid(facts: Facts) -> Iterator[FieldError]:
    charged = {
        "cost_center_one_time": facts.cost_center_one_time,
        "cost_center_recurring": facts.cost_center_recurring,
    }
    for field, code in charged.items():
        if code not in facts.cost_centers and (code or facts.cost_centers):
            detail = f'No active cost center matches "{code}".' if code else "Choose a cost center."
            yield FieldError(code="COST_CENTER_INVALID", field=field, detail=detail)


def _effective_date_in_range(facts: Facts) -> Iterator[FieldError]:
    first_day = today(facts.policy, facts.now)
    last_day = first_day + timedelta(days=facts.policy.effective_days_ahead)
    if facts.effective_on and not first_day <= facts.effective_on <= last_day:
        detail = f"Choose a date from {day(first_day)} to {day(last_day)}."
        yield FieldError(code="EFFECTIVE_DATE_OUT_OF_RANGE", field="effective_on", detail=detail)


def _known(facts: Facts, question: Question[Any]) -> Iterator[tuple[Choice, Product]]:
    """Yield the products in the catalog; another check reports the others."""
    for choice in choices(facts, question):
        if choice.product:
            yield choice, choice.product


def _about(choice: Choice, code: str, detail: str) -> FieldError:
    return FieldError(code=code, field=choice.field, detail=detail)


CHECKS: Mapping[Check, Judge] = MappingProxyType(
    {
        Check.REQUESTER_MAY_ORDER: _requester_may_order,
        Check.BENEFICIARY_ACTIVE: _beneficiary_active,
        Check.ACCOUNT_ACTIVE: _account_active,
        Check.IN_CATALOG: _in_catalog,
        Check.PLAN_FITS_DEVICE: _plan_fits_device,
        Check.ACCESSORIES_FIT: _accessories_fit,
        Check.FEATURES_FIT: _features_fit,
        Check.SIM_TYPE_FITS: _sim_type_fits,
        Check.LINE_ALLOWANCE: _line_allowance,
        Check.COST_CENTER_VALID: _cost_center_valid,
        Check.EFFECTIVE_DATE_IN_RANGE: _effective_date_in_range,
        **lines.CHECKS,
    }
)
