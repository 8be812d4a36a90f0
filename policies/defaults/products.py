from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from models.questions import products
from models.questions.line import LINE
from models.questions.products import DEVICE
from policies.choices import chosen, go_together
from policies.default_answer import DefaultAnswer


def _plan(facts: Facts, answers: Mapping[str, Any]) -> str | None:
    """The device's own default plan, else its carrier's, else the first default plan."""
    device = chosen(DEVICE, facts, answers)
    plans = facts.policy.default_plans
    if device and "default_plan" in device.attributes:
        return str(device.attributes["default_plan"])
    if device is None or device.carrier is None:
        return next(iter(plans.values()), None)
    return plans.get(device.carrier)


def _sim_type(facts: Facts, answers: Mapping[str, Any]) -> str:
    device = chosen(DEVICE, facts, answers)
    return next(iter(device.attributes.get("sim_types", ())), "eSIM") if device else "eSIM"


def _payment_term(facts: Facts, _: Mapping[str, Any]) -> str:
    return facts.policy.default_term


def _kept_features(facts: Facts, answers: Mapping[str, Any]) -> list[str] | None:
    """The line's features that go with the new plan."""
    named, plan = facts.lines.get(LINE.of(answers) or ""), chosen(products.PLAN, facts, answers)
    if named is None or plan is None:
        return None
    known = [facts.products.get(sku) for sku in named.line.features]
    return [feature.sku for feature in known if feature and go_together(feature, plan)]


PLAN = DefaultAnswer(code="plan", compute=_plan)
SIM_TYPE = DefaultAnswer(code="sim_type", compute=_sim_type)
PAYMENT_TERM = DefaultAnswer(code="payment_term", compute=_payment_term)
KEPT_FEATURES = DefaultAnswer(code="kept_features", compute=_kept_features)
