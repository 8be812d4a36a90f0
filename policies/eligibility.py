"""One function per check: facts in, what stands against the order out."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType

from models.asks import Ask
from models.errors import FieldError
from models.facts import Facts, Product
from models.order_type import Check
from policies import line_checks as lines
from policies.choices import Choice, choices, first, go_together
from policies.standing import may_decide_for_account, today_of

Judge = Callable[[Facts], Iterator[FieldError]]


def check(facts: Facts) -> tuple[FieldError, ...]:
    """Return all that stands against the order, check by check in the order its type names them."""
    return tuple(error for one in facts.type.checks for error in CHECKS[one](facts))


def say(facts: Facts) -> tuple[FieldError, ...]:
    """Return what keeps the requester from ordering this for whom, and about what, it is, whatever was answered."""
    return tuple(_requester_may_order(facts)) if Check.REQUESTER_MAY_ORDER in facts.type.checks else ()


def over_line_allowance(facts: Facts) -> bool:
    """Whether the order would give the beneficiary more lines than the policy allows each employee."""
    adds_lines = Check.LINE_ALLOWANCE in facts.type.checks
    return adds_lines and facts.lines_held + len(facts.answers) > facts.policy.max_lines_per_employee


def _requester_may_order(facts: Facts) -> Iterator[FieldError]:
    requester, beneficiary = facts.requester, facts.beneficiary
    if facts.type.about_lines:
        yield from lines.requester_may_change(facts)
        return
    if may_decide_for_account(requester, facts):
        return
    manages = any(manager.id == requester.id for manager in facts.managers)
    if requester.id != beneficiary.id and not manages:
        yield FieldError(
            code="NOT_AUTHORIZED_ON_BEHALF",
            field="beneficiary_id",
            detail=f"{requester.name} may not order for {beneficiary.name}: "
            "that takes one of their managers, an owner of their account, or the desk.",
        )
    if facts.account.id != beneficiary.account_id:
        yield FieldError(
            code="ACCOUNT_NOT_YOURS",
            field="account_id",
            detail=f"Only its owners and the desk may charge account {facts.account.number}.",
        )


def _beneficiary_active(facts: Facts) -> Iterator[FieldError]:
    if not facts.beneficiary.active:
        detail = f"{facts.beneficiary.name} is no longer an active employee."
        yield FieldError(code="EMPLOYEE_INACTIVE", field="beneficiary_id", detail=detail)


def _account_active(facts: Facts) -> Iterator[FieldError]:
    if not facts.account.active:
        detail = f"Account {facts.account.number} ({facts.account.name}) is suspended."
        yield FieldError(code="ACCOUNT_SUSPENDED", field="account_id", detail=detail)


def _in_catalog(facts: Facts) -> Iterator[FieldError]:
    for choice in choices(facts):
        if choice.product is None:
            detail = f"The catalog of {facts.beneficiary.name} has no {choice.sku} to choose here."
            yield _about(choice, "NOT_IN_CATALOG", detail)


def _plan_fits_device(facts: Facts) -> Iterator[FieldError]:
    for choice, plan in _known(facts, Ask.PLAN):
        device = first(facts, choice.item, Ask.DEVICE)
        if device and not go_together(plan, device):
            detail = f"{plan.name} does not go with {device.name}."
            yield _about(choice, "INCOMPATIBLE_PLAN", detail)
    yield from _one_carrier(facts)


def _one_carrier(facts: Facts) -> Iterator[FieldError]:
    """Compare each item's plan with the first's: the items of an order go to the carrier together."""
    carrier = None
    for choice, plan in _known(facts, Ask.PLAN):
        carrier = carrier or plan.carrier
        if plan.carrier not in (None, carrier):
            detail = f"{plan.name} is of another carrier than the order's first line: order it separately."
            yield _about(choice, "INCOMPATIBLE_PLAN", detail)


def _accessories_fit(facts: Facts) -> Iterator[FieldError]:
    for choice, accessory in _known(facts, Ask.ACCESSORIES):
        device = first(facts, choice.item, Ask.DEVICE)
        if device and not go_together(accessory, device):
            detail = f"{accessory.name} does not fit {device.name}."
            yield _about(choice, "ACCESSORY_INCOMPATIBLE", detail)


def _features_fit(facts: Facts) -> Iterator[FieldError]:
    for choice, feature in _known(facts, Ask.FEATURES):
        plan = first(facts, choice.item, Ask.PLAN)
        if plan and not go_together(feature, plan):
            detail = f"{feature.name} cannot be added to {plan.name}."
            yield _about(choice, "FEATURE_INCOMPATIBLE", detail)


def _sim_type_fits(facts: Facts) -> Iterator[FieldError]:
    for number, answers in enumerate(facts.answers):
        device, wanted = first(facts, number, Ask.DEVICE), answers.get(Ask.SIM_TYPE)
        possible = device.attributes.get("sim_types", ()) if device else ()
        if device and wanted and possible and wanted not in possible:
            detail = f"{device.name} takes {' or '.join(possible)}, not {wanted}."
            yield FieldError(code="SIM_TYPE_INCOMPATIBLE", field=f"items.{number}.{Ask.SIM_TYPE}", detail=detail)


def _line_allowance(facts: Facts) -> Iterator[FieldError]:
    if over_line_allowance(facts) and not may_decide_for_account(facts.requester, facts):
        yield FieldError(
            code="MAX_LINES_PER_EMPLOYEE",
            field="items",
            detail=f"{facts.beneficiary.name} has {facts.lines_held} of {facts.policy.max_lines_per_employee} "
            "lines, those on order included. An owner of the account may order more.",
        )


def _cost_center_valid(facts: Facts) -> Iterator[FieldError]:
    charged = {
        "cost_center_one_time": facts.cost_center_one_time,
        "cost_center_recurring": facts.cost_center_recurring,
    }
    for field, code in charged.items():
        if code not in facts.cost_centers and (code or facts.cost_centers):
            detail = f"There is no active cost center {code}." if code else "Say which cost center pays."
            yield FieldError(code="COST_CENTER_INVALID", field=field, detail=detail)


def _effective_date_in_range(facts: Facts) -> Iterator[FieldError]:
    today = today_of(facts)
    last = today + timedelta(days=facts.policy.effective_days_ahead)
    if facts.effective_on and not today <= facts.effective_on <= last:
        detail = f"Choose a day from {today} to {last}."
        yield FieldError(code="EFFECTIVE_DATE_OUT_OF_RANGE", field="effective_on", detail=detail)


def _known(facts: Facts, ask: Ask) -> Iterator[tuple[Choice, Product]]:
    """Leave out what the catalog does not have: that is said once, by its own check."""
    for choice in choices(facts, ask):
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
