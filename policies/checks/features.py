"""Features that are added to lines and removed from them."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from models.dates import billing_cycle
from models.errors import FieldError
from models.facts import Facts, NamedLine
from models.formatting import day, join_names
from models.optional_facts.accounts import CYCLE_DAYS
from models.optional_facts.carriers import CARRIER_RULES
from models.product import Product
from models.question import Question
from models.questions.features import (
    ADD_FEATURES,
    DESTINATION,
    ENDING_FEATURES,
    ENDS_ON,
    FEATURES_END_ON,
    REMOVE_FEATURES,
    REPLACE_CONFLICTING,
    REPLACED_FEATURES,
    STARTS_ON,
)
from models.rule_kinds.features import EARLIEST_START, Earliest
from policies.carrier_rules import rules_of
from policies.check import Check, item_error
from policies.choices import go_together, in_catalog, skus
from policies.deadlines import cannot_start, local_day
from policies.feature_conflicts import conflicting
from policies.line_access import lines_to_judge

# After this much time nobody remembers that a feature ends; a later day is a slip of the keyboard.
LONGEST = timedelta(days=730)


def _something_changes(facts: Facts) -> Iterator[FieldError]:
    for item, answers in enumerate(facts.answers):
        if not ADD_FEATURES.of(answers) and not REMOVE_FEATURES.of(answers):
            detail = "Nothing would change. Choose features to add or to remove."
            yield item_error(item, ADD_FEATURES, "NOTHING_CHANGES", detail)


def _features_fit_line(facts: Facts) -> Iterator[FieldError]:
    for choice, feature in in_catalog(facts, ADD_FEATURES):
        named, country = facts.line(choice.item), DESTINATION.of(facts.answers[choice.item])
        plan = facts.products.get(named.line.plan) if named else None
        if named and feature.carrier not in (None, named.line.carrier):
            detail = f"{feature.name} is from another carrier. Choose a feature of the line's carrier."
            yield item_error(choice.item, ADD_FEATURES, "FEATURE_INCOMPATIBLE", detail)
        elif plan and not go_together(feature, plan):
            detail = f"{feature.name} isn't available with {plan.name}. Choose another feature."
            yield item_error(choice.item, ADD_FEATURES, "FEATURE_INCOMPATIBLE", detail)
        elif country and not _works_in(feature, country):
            detail = f"{feature.name} doesn't work in {DESTINATION.word(country)}. Choose another feature."
            yield item_error(choice.item, ADD_FEATURES, "FEATURE_INCOMPATIBLE", detail)


def _works_in(feature: Product, country: str) -> bool:
    covers = feature.attributes.get("roaming")
    return not covers or covers is True or country in covers


def _features_on_as_said(facts: Facts) -> Iterator[FieldError]:
    """Check that the line lacks what is added, or has it up to another day, and has what is removed.

    What has ended since the order was submitted need not be removed anymore, as long as something else changes.
    """
    for item, named in lines_to_judge(facts):
        answers = facts.answers[item]
        added, removed = set(skus(ADD_FEATURES, answers)), set(skus(REMOVE_FEATURES, answers))
        moved = {end.sku for end in named.line.feature_ends if end.on.isoformat() != ENDS_ON.of(answers)}
        present = added & {*named.line.features} - moved
        missing = removed - {*named.line.features}
        if facts.submitted and (added or removed - missing):
            missing = set()
        if present:
            detail = f"The line already has {_names(facts, present)}. Leave it out."
            yield item_error(item, ADD_FEATURES, "FEATURE_ALREADY_ON", detail)
        if missing:
            detail = f"The line doesn't have {_names(facts, missing)}. Leave it out."
            yield item_error(item, REMOVE_FEATURES, "FEATURE_NOT_ON", detail)


def _no_conflicts(facts: Facts) -> Iterator[FieldError]:
    """Check that no two of the line's features after the order conflict."""
    for item, named in lines_to_judge(facts):
        answers = facts.answers[item]
        added = skus(ADD_FEATURES, answers)
        among = conflicting(facts, added, added)
        gone = {*skus(REMOVE_FEATURES, answers), *skus(REPLACED_FEATURES, answers)}
        kept = conflicting(facts, added, [sku for sku in named.line.features if sku not in gone])
        if among:
            detail = f"{_names(facts, among)} can't be on together. Choose one of them."
            yield item_error(item, ADD_FEATURES, "FEATURE_CONFLICT", detail)
        elif kept:
            detail = f"The line's {_names(facts, kept)} can't be on together with what you add. Have it replaced."
            yield item_error(item, REPLACE_CONFLICTING, "FEATURE_CONFLICT", detail)


def _mandatory_kept(facts: Facts) -> Iterator[FieldError]:
    """Check that what comes with the plan or the device stays."""
    for item, named in lines_to_judge(facts):
        answers = facts.answers[item]
        for product in _on_line(facts, named):
            required = set(product.attributes.get("requires", ()))
            removed, replaced = set(skus(REMOVE_FEATURES, answers)), set(skus(REPLACED_FEATURES, answers))
            if found := required & removed:
                detail = f"{_names(facts, found)} comes with {product.name}. Keep it."
                yield item_error(item, REMOVE_FEATURES, "FEATURE_MANDATORY", detail)
            elif found := required & replaced:
                detail = f"{_names(facts, found)} comes with {product.name}, so it can't be replaced. Choose others."
                yield item_error(item, ADD_FEATURES, "FEATURE_MANDATORY", detail)


def _on_line(facts: Facts, named: NamedLine) -> Iterator[Product]:
    for sku in (named.line.plan, named.device.sku if named.device else None):
        product = facts.products.get(sku or "")
        if product:
            yield product


def _trip_known(facts: Facts) -> Iterator[FieldError]:
    """Check that roaming has a destination, and what ends by its nature an end."""
    for item, answers in enumerate(facts.answers):
        added = [feature for choice, feature in in_catalog(facts, ADD_FEATURES) if choice.item == item]
        if any(one.attributes.get("roaming") for one in added) and not DESTINATION.of(answers):
            yield item_error(item, DESTINATION, "ANSWER_REQUIRED", "Choose the country where the line is used.")
        if added:
            needed_by = [one.name for one in added if one.ends_by_nature]
            yield from _judge_last_day(facts, item, ENDS_ON, needed_by)


def _last_day_known(facts: Facts) -> Iterator[FieldError]:
    """Check that the features of a new line have an end that end by their nature."""
    for item, answers in enumerate(facts.answers):
        if ending := ENDING_FEATURES.of(answers):
            needed_by = [facts.products[sku].name if sku in facts.products else sku for sku in ending]
            yield from _judge_last_day(facts, item, FEATURES_END_ON, needed_by)


def _judge_last_day(
    facts: Facts, item: int, question: Question[str], needed_by: Collection[str]
) -> Iterator[FieldError]:
    """`needed_by` are the names of the features that have to have a last day."""
    answer, today = question.of(facts.answers[item]), local_day(facts.policy, facts.now)
    starts = max(facts.effective_on or today, today)
    ends = date.fromisoformat(answer) if answer else None
    if ends is None and needed_by:
        detail = f"Enter the last day of {join_names([*needed_by])}."
        yield item_error(item, question, "END_DATE_REQUIRED", detail)
    elif ends and ends < starts:
        detail = f"Enter a day from {day(starts)} on, when the features are added."
        yield item_error(item, question, "END_BEFORE_START", detail)
    elif ends and ends > starts + LONGEST:
        advice = "" if needed_by else ", or leave it blank for features that stay"
        detail = f"Enter a day up to {day(starts + LONGEST)}{advice}."
        yield item_error(item, question, "END_DATE_TOO_LATE", detail)


def _start_in_range(facts: Facts) -> Iterator[FieldError]:
    """Check that the order starts within the policy's days, and not before the carrier counts features.

    Once an order is submitted, only a day that had passed by then is checked again: the cycle may have ended since.
    """
    starts, today = facts.effective_on, local_day(facts.policy, facts.now)
    is_backdated = any(STARTS_ON.of(answers) for answers in facts.answers)
    if starts is None or (facts.submitted and not is_backdated):
        return
    if starts >= today:
        detail = cannot_start(facts.policy, facts.now, starts)
    elif not any(ADD_FEATURES.of(answers) for answers in facts.answers):
        detail = "Only features that are added can count from an earlier day. Choose today or a later date."
    else:
        earliest = max((_earliest_start(facts, named, today) for named in facts.named_lines), default=today)
        detail = f"Choose a date from {day(earliest)} on." if starts < earliest else None
    if detail:
        yield FieldError(code="EFFECTIVE_DATE_OUT_OF_RANGE", field="effective_on", detail=detail)


def _earliest_start(facts: Facts, named: NamedLine, today: date) -> date:
    """The first day of the billing cycle if the carrier counts features from there on, else today."""
    rule, cycle_day = rules_of(facts, named.line.carrier).value(EARLIEST_START), CYCLE_DAYS.of(facts).get(named.line.id)
    return billing_cycle(today, cycle_day)[0] if rule == Earliest.CYCLE and cycle_day is not None else today


def _names(facts: Facts, found: set[str]) -> str:
    return join_names(sorted(facts.products[sku].name if sku in facts.products else sku for sku in found))


SOMETHING_CHANGES = Check(code="something_changes", errors=("NOTHING_CHANGES",), judge=_something_changes)
FEATURES_FIT_LINE = Check(code="features_fit_line", errors=("FEATURE_INCOMPATIBLE",), judge=_features_fit_line)
FEATURES_ON_AS_SAID = Check(
    code="features_on_as_said", errors=("FEATURE_ALREADY_ON", "FEATURE_NOT_ON"), judge=_features_on_as_said
)
NO_CONFLICTS = Check(code="no_conflicts", errors=("FEATURE_CONFLICT",), judge=_no_conflicts)
MANDATORY_KEPT = Check(code="mandatory_kept", errors=("FEATURE_MANDATORY",), judge=_mandatory_kept)
TRIP_KNOWN = Check(
    code="trip_known",
    errors=("ANSWER_REQUIRED", "END_DATE_REQUIRED", "END_BEFORE_START", "END_DATE_TOO_LATE"),
    judge=_trip_known,
    asks_more=True,
)
LAST_DAY_KNOWN = Check(
    code="last_day_known",
    errors=("END_DATE_REQUIRED", "END_BEFORE_START", "END_DATE_TOO_LATE"),
    judge=_last_day_known,
    asks_more=True,
)
START_IN_RANGE = Check(
    code="start_in_range",
    errors=("EFFECTIVE_DATE_OUT_OF_RANGE",),
    judge=_start_in_range,
    needs=(CARRIER_RULES, CYCLE_DAYS),
)
