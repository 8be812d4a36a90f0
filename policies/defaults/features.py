from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from models.questions.features import ADD_FEATURES, ENDS_ON, REMOVE_FEATURES, REPLACE_CONFLICTING
from models.questions.line import LINE
from models.questions.products import DEVICE, FEATURES, PLAN
from models.rule_kinds.features import FEATURE_END, EndedBy
from policies.carrier_rules import rules_of
from policies.choices import chosen, skus
from policies.deadlines import local_day
from policies.default_answer import DefaultAnswer
from policies.feature_conflicts import conflicting


def _replaced(facts: Facts, answers: Mapping[str, Any]) -> list[str] | None:
    """The line's features that conflict with the added ones, if they are to be replaced."""
    named = facts.lines.get(LINE.of(answers) or "")
    if named is None or not REPLACE_CONFLICTING.of(answers):
        return None
    kept = [sku for sku in named.line.features if sku not in skus(REMOVE_FEATURES, answers)]
    found = conflicting(facts, skus(ADD_FEATURES, answers), kept)
    return [sku for sku in kept if sku in found] or None


def _moved(facts: Facts, answers: Mapping[str, Any]) -> list[str] | None:
    """The added features that the line has already."""
    named = facts.lines.get(LINE.of(answers) or "")
    return [sku for sku in skus(ADD_FEATURES, answers) if named and sku in named.line.features] or None


def _starts_on(facts: Facts, _: Mapping[str, Any]) -> str | None:
    """The start date if it has passed: the carrier has to be told."""
    starts = facts.effective_on
    return starts.isoformat() if starts and starts < local_day(facts.policy, facts.now) else None


def _ends_at_carrier(facts: Facts, answers: Mapping[str, Any]) -> str | None:
    """The last day, if the carrier is told it and removes the features."""
    named = facts.lines.get(LINE.of(answers) or "")
    rule = rules_of(facts, named.line.carrier).value(FEATURE_END) if named else None
    return ENDS_ON.of(answers) if rule == EndedBy.CARRIER and ADD_FEATURES.of(answers) else None


def _ending(facts: Facts, answers: Mapping[str, Any]) -> list[str] | None:
    """The chosen features that end by their nature; what the plan or the device brings stays."""
    bring = (chosen(question, facts, answers) for question in (DEVICE, PLAN))
    required = {sku for product in bring if product for sku in product.attributes.get("requires", ())}
    known = ((sku, facts.products.get(sku)) for sku in skus(FEATURES, answers) if sku not in required)
    return [sku for sku, feature in known if feature and feature.ends_by_nature] or None


REPLACE_CONFLICTING_DEFAULT = DefaultAnswer(
    code="replace_conflicting",
    compute=lambda facts, _: facts.policy.replace_conflicting,
    needed=lambda answers: bool(ADD_FEATURES.of(answers)),
)
REPLACED_FEATURES = DefaultAnswer(code="replaced_features", compute=_replaced)
ENDS_AT_CARRIER = DefaultAnswer(code="ends_at_carrier", compute=_ends_at_carrier)
MOVED_FEATURES = DefaultAnswer(code="moved_features", compute=_moved)
ENDING_FEATURES = DefaultAnswer(code="ending_features", compute=_ending)
STARTS_ON = DefaultAnswer(code="starts_on", compute=_starts_on)
