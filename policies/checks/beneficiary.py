from collections.abc import Iterator

from models import formatting
from models.errors import FieldError
from models.facts import Facts
from models.order_type import LINE_ALLOWANCE as LINE_ALLOWANCE_CODE
from policies.access import acts_for_account
from policies.check import Check
from policies.deadlines import local_day
from policies.joining import orders_from
from policies.line_allowance import over_line_allowance


def _beneficiary_active(facts: Facts) -> Iterator[FieldError]:
    yield from _beneficiary_starts(facts)
    if not facts.beneficiary.active and facts.beneficiary.holder.site_id:
        detail = f"{facts.beneficiary.name} is no longer in use. Choose another site."
        yield FieldError(code="SITE_INACTIVE", field="beneficiary_site_id", detail=detail)
    elif not facts.beneficiary.active:
        detail = f"{facts.beneficiary.name} is no longer an active employee. Choose someone else."
        yield FieldError(code="EMPLOYEE_INACTIVE", field="beneficiary_id", detail=detail)


def _beneficiary_starts(facts: Facts) -> Iterator[FieldError]:
    first = orders_from(facts.policy, facts.beneficiary)
    if first and facts.beneficiary.starts_on and local_day(facts.policy, facts.now) < first:
        name, starts = facts.beneficiary.name, formatting.day(facts.beneficiary.starts_on)
        detail = f"{name} starts on {starts}. You can order for them from {formatting.day(first)}."
        yield FieldError(code="EMPLOYEE_STARTS_LATER", field="beneficiary_id", detail=detail)


def _line_allowance(facts: Facts) -> Iterator[FieldError]:
    if over_line_allowance(facts) and not acts_for_account(facts.requester, facts):
        yield FieldError(
            code="MAX_LINES_PER_EMPLOYEE",
            field="items",
            detail=f"{facts.beneficiary.name} has {facts.lines_held} of {facts.policy.max_lines_per_employee} "
            "lines, including lines on order. Ask an account owner to order more.",
        )


BENEFICIARY_ACTIVE = Check(
    code="beneficiary_active",
    errors=("EMPLOYEE_INACTIVE", "SITE_INACTIVE", "EMPLOYEE_STARTS_LATER"),
    judge=_beneficiary_active,
)
LINE_ALLOWANCE = Check(
    code=LINE_ALLOWANCE_CODE,
    errors=("MAX_LINES_PER_EMPLOYEE",),
    judge=_line_allowance,
    why_once="A submitted order is among the lines it counts, and later orders were counted against it.",
)
