from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.questions.products import ACCESSORIES, DEVICE, FEATURES, PLAN
from policies.check import Check
from policies.choices import choices, first, go_together, in_catalog


def _in_catalog(facts: Facts) -> Iterator[FieldError]:
    for choice in choices(facts):
        if choice.product is None and not choice.question.ends:
            detail = f"{choice.sku} isn't in the catalog for {facts.beneficiary.name}. Choose something else."
            yield FieldError(code="NOT_IN_CATALOG", field=choice.field, detail=detail)


def _accessories_fit(facts: Facts) -> Iterator[FieldError]:
    for choice, accessory in in_catalog(facts, ACCESSORIES):
        device = first(facts, choice.item, DEVICE)
        if device and not go_together(accessory, device):
            detail = f"{accessory.name} doesn't fit {device.name}. Choose another accessory."
            yield FieldError(code="ACCESSORY_INCOMPATIBLE", field=choice.field, detail=detail)


def _features_fit(facts: Facts) -> Iterator[FieldError]:
    for choice, feature in in_catalog(facts, FEATURES):
        plan = first(facts, choice.item, PLAN)
        if plan and not go_together(feature, plan):
            detail = f"{feature.name} isn't available with {plan.name}. Remove it, or choose another plan."
            yield FieldError(code="FEATURE_INCOMPATIBLE", field=choice.field, detail=detail)


IN_CATALOG = Check(code="in_catalog", errors=("NOT_IN_CATALOG",), judge=_in_catalog)
ACCESSORIES_FIT = Check(code="accessories_fit", errors=("ACCESSORY_INCOMPATIBLE",), judge=_accessories_fit)
FEATURES_FIT = Check(code="features_fit", errors=("FEATURE_INCOMPATIBLE",), judge=_features_fit)
