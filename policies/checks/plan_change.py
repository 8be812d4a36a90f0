"""The plan that is to replace the one of a line."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from models.dates import billing_cycle, months_after
from models.errors import FieldError
from models.facts import Facts
from models.formatting import day, join_names
from models.inventory import Line
from models.optional_facts.accounts import CYCLE_DAYS
from models.optional_facts.plan_change import PLAN_CHANGES, PLANS_IN_USE, PlanInUse
from models.questions.line import LINE
from models.questions.products import KEPT_FEATURES, LOST_FEATURES, PLAN, ended_features
from policies.check import Check, item_error
from policies.choices import go_together, in_catalog
from policies.deadlines import local_day
from policies.line_access import lines_to_judge
from policies.start_date import starts_on


def _other_plan(facts: Facts) -> Iterator[FieldError]:
    for choice, plan in in_catalog(facts, PLAN):
        named = facts.line(choice.item)
        if named and named.line.plan == plan.sku:
            yield item_error(choice.item, PLAN, "SAME_PLAN", f"This line has {plan.name} already. Choose another plan.")


def _plan_unchanged(facts: Facts) -> Iterator[FieldError]:
    """Check that a submitted order still changes the plan that its requester and its approvers have read."""
    for item, named in lines_to_judge(facts):
        had = PLAN.of(facts.replaced[item]) if facts.replaced else None
        if had is not None and named.line.plan not in {had, PLAN.of(facts.answers[item])}:
            now, then = (facts.products[sku].name if sku in facts.products else sku for sku in (named.line.plan, had))
            detail = f"The line has {now} now, and had {then} when this was ordered. Cancel this order and order again."
            yield item_error(item, PLAN, "PLAN_CHANGED", detail)


def _plan_fits_line(facts: Facts) -> Iterator[FieldError]:
    for choice, plan in in_catalog(facts, PLAN):
        named = facts.line(choice.item)
        device = facts.products.get(named.device.sku or "") if named and named.device else None
        if named and plan.carrier not in (None, named.line.carrier):
            detail = f"{plan.name} is from another carrier. Choose a plan of the line's carrier."
            yield item_error(choice.item, PLAN, "INCOMPATIBLE_PLAN", detail)
        elif device and not go_together(plan, device):
            detail = f"{plan.name} doesn't work with {device.name}. Choose another plan."
            yield item_error(choice.item, PLAN, "INCOMPATIBLE_PLAN", detail)


def _lost_features_accepted(facts: Facts) -> Iterator[FieldError]:
    for choice, plan in in_catalog(facts, PLAN):
        named, answers = facts.line(choice.item), facts.answers[choice.item]
        lost = ended_features(answers, {KEPT_FEATURES.code: named.line.features}) if named else []
        if lost and not LOST_FEATURES.of(answers):
            names = join_names(facts.products[sku].name if sku in facts.products else sku for sku in lost)
            end = "ends" if len(lost) == 1 else "end"
            detail = f"{plan.name} doesn't offer {names}, which {end} with this change. Accept this to continue."
            yield item_error(choice.item, LOST_FEATURES, "LOST_FEATURES_ACK_REQUIRED", detail)


def _contract_ended(facts: Facts) -> Iterator[FieldError]:
    """Check that the contract of no line keeps its plan on the day of the change."""
    starts = _starts_on(facts)
    for item, named in lines_to_judge(facts):
        until = named.line.contract_until
        if until and starts <= until:
            detail = f"The contract of this line keeps its plan until {day(until)}. Choose a later start date."
            yield item_error(item, LINE, "MINIMUM_TERM", detail)


def _plan_change_left(facts: Facts) -> Iterator[FieldError]:
    """Check that the carrier changes the plan of each line once more in the month and billing cycle of the change."""
    starts, zone = _starts_on(facts), ZoneInfo(facts.policy.time_zone)
    for item, named in lines_to_judge(facts):
        known = PLAN_CHANGES.of(facts).get(named.line.id)
        if known is None:
            continue
        changed_on = [at.astimezone(zone).date() for at in known.changed_at]
        month = starts.replace(day=1)
        in_month = sum(on.replace(day=1) == month for on in changed_on)
        if known.a_month is not None and in_month >= known.a_month:
            detail = (
                f"The carrier allows {known.a_month} plan {'change' if known.a_month == 1 else 'changes'} a month for"
                f" this line, and none is left. Choose a start date from {day(months_after(month, 1))}."
            )
            yield item_error(item, LINE, "PLAN_CHANGES_USED_UP", detail)
        cycle_began, next_cycle = billing_cycle(starts, known.cycle_day)
        in_cycle = [on for on in changed_on if cycle_began <= on < next_cycle]
        if known.one_a_cycle and in_cycle:
            detail = (
                f"The carrier allows one plan change in a billing cycle, and this line had one on {day(max(in_cycle))}."
                f" Choose a start date from {day(next_cycle)}."
            )
            yield item_error(item, LINE, "CYCLE_CHANGE_PENDING", detail)


def _shared_plans_kept(facts: Facts) -> Iterator[FieldError]:
    """Check that the lines that stay on a shared plan can: as many as it needs, with the line whose data they use."""
    leaving = {
        named.line.id: (item, named.line)
        for item, named in lines_to_judge(facts)
        if PLAN.of(facts.answers[item]) != named.line.plan
    }
    moved = Counter((_account(line), line.plan) for _, line in leaving.values())
    joined = Counter((_account(line), PLAN.of(facts.answers[item])) for item, line in leaving.values())
    for item, line in leaving.values():
        kept = {
            sku: replace(plan, lines=plan.lines - moved[_account(line), sku] + joined[_account(line), sku])
            for sku, plan in PLANS_IN_USE.of(facts).get(_account(line), {}).items()
        }
        detail = _why_needed(line.plan, kept)
        if detail:
            yield item_error(item, LINE, "POOL_RULE", detail)


def _why_needed(sku: str, kept: Mapping[str, PlanInUse]) -> str | None:
    """Why a line that has a plan has to keep it, from the plans that the lines of its billing account keep."""
    plan = kept.get(sku)
    if plan is None:
        return None
    sharing = [other for other in kept.values() if other.shared_primary == sku and other.lines > 0]
    if plan.lines == 0 and sharing:
        names = join_names(sorted(other.name for other in sharing))
        return f"Lines with {names} use the data of this line's plan. Give those lines another plan first."
    if plan.pool_minimum is not None and 0 < plan.lines < plan.pool_minimum:
        return (
            f"At least {plan.pool_minimum} lines must have {plan.name}, and only {plan.lines} would keep it."
            " Change the plan of all of them in one order, or leave this line out."
        )
    return None


def _account(line: Line) -> tuple[str, str]:
    """The billing account of a line as facts name it."""
    return line.carrier, line.carrier_account or ""


def _starts_on(facts: Facts) -> date:
    """The day on which the plans change."""
    now = local_day(facts.policy, facts.now)
    return max(starts_on(facts) or now, now)


OTHER_PLAN = Check(code="other_plan", errors=("SAME_PLAN",), judge=_other_plan)
PLAN_UNCHANGED = Check(code="plan_unchanged", errors=("PLAN_CHANGED",), judge=_plan_unchanged)
PLAN_FITS_LINE = Check(code="plan_fits_line", errors=("INCOMPATIBLE_PLAN",), judge=_plan_fits_line)
LOST_FEATURES_ACCEPTED = Check(
    code="lost_features_accepted",
    errors=("LOST_FEATURES_ACK_REQUIRED",),
    judge=_lost_features_accepted,
)
CONTRACT_ENDED = Check(code="contract_ended", errors=("MINIMUM_TERM",), judge=_contract_ended, needs=(CYCLE_DAYS,))
PLAN_CHANGE_LEFT = Check(
    code="plan_change_left",
    errors=("PLAN_CHANGES_USED_UP", "CYCLE_CHANGE_PENDING"),
    judge=_plan_change_left,
    needs=(PLAN_CHANGES, CYCLE_DAYS),
)
SHARED_PLANS_KEPT = Check(
    code="shared_plans_kept", errors=("POOL_RULE",), judge=_shared_plans_kept, needs=(PLANS_IN_USE,)
)
