"""The plan that is to replace the one of a line."""

from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.formatting import day, join_names
from models.questions.line import LINE
from models.questions.products import KEPT_FEATURES, LOST_FEATURES, PLAN, ended_features
from policies.check import Check, item_error
from policies.choices import go_together, in_catalog
from policies.deadlines import today


def _other_plan(facts: Facts) -> Iterator[FieldError]:
    for choice, plan in in_catalog(facts, PLAN):
        named = facts.line(choice.item)
        if named and named.line.plan == plan.sku:
            yield item_error(choice.item, PLAN, "SAME_PLAN", f"This line has {plan.name} already. Choose another plan.")


def _plan_fits_line(facts: Facts) -> Iterator[FieldError]:
    for choice, plan in in_catalog(facts, PLAN):
        named = facts.line(choice.item)
        device = facts.products.get(named.device.sku) if named and named.device else None
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
    now = today(facts.policy, facts.now)
    starts = max(facts.effective_on or now, now)
    for item, named in facts.lines_by_item():
        until = named.line.contract_until
        if until and starts <= until:
            detail = f"The contract of this line keeps its plan until {day(until)}. Choose a later start date."
            yield item_error(item, LINE, "MINIMUM_TERM", detail)


OTHER_PLAN = Check(code="other_plan", errors=("SAME_PLAN",), judge=_other_plan, can_change=True)
PLAN_FITS_LINE = Check(code="plan_fits_line", errors=("INCOMPATIBLE_PLAN",), judge=_plan_fits_line, can_change=True)
LOST_FEATURES_ACCEPTED = Check(
    code="lost_features_accepted",
    errors=("LOST_FEATURES_ACK_REQUIRED",),
    judge=_lost_features_accepted,
    can_change=True,
)
CONTRACT_ENDED = Check(code="contract_ended", errors=("MINIMUM_TERM",), judge=_contract_ended, can_change=True)
