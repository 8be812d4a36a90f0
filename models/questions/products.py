"""What is bought: device, plan, features, accessories and how the device is paid."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from models.answer_type import AnswerType, one_of, text
from models.product import SKU, SKU_PATTERN, ProductKind
from models.question import Consent, Question, Scope, Tell

_CHOOSE = "Choose a product from the catalog."


def _each_once(skus: list[str]) -> list[str]:
    return list(dict.fromkeys(skus))


sku = text(SKU_PATTERN, _CHOOSE)
skus: AnswerType[list[str]] = AnswerType(
    annotation=Annotated[list[SKU], Field(max_length=20), AfterValidator(_each_once)],
    invalid="Enter a list of up to 20 SKUs.",
)

DEVICE = Question(
    code="device",
    label="Device",
    help="A phone, tablet or hotspot.",
    type=sku,
    example="IPHONE-17-256",
    tell=Tell.HEADLINE,
    product=ProductKind.DEVICE,
    replaces="device.sku",
)
PLAN = Question(
    code="plan",
    label="Plan",
    help="The rate plan.",
    type=sku,
    example="NW-UNLIMITED",
    tell=Tell.HEADLINE,
    product=ProductKind.PLAN,
    fits=("device",),
    replaces="line.plan",
)
FEATURES = Question(
    code="features",
    label="Features",
    help="Add-ons such as international roaming.",
    type=skus,
    example=["NW-ROAM-EU"],
    product=ProductKind.FEATURE,
    fits=("plan",),
    with_required=True,
)
ACCESSORIES = Question(
    code="accessories",
    label="Accessories",
    help="Cases, chargers and headsets that fit the device.",
    type=skus,
    example=["CASE-IP17"],
    product=ProductKind.ACCESSORY,
    fits=("device",),
)
KEPT_FEATURES = Question(
    code="kept_features",
    label="Features with the new plan",
    help="The features of the line that the new plan offers, and those that come with it.",
    type=skus,
    example=["NW-CALLFILTER"],
    product=ProductKind.FEATURE,
    fits=("plan",),
    with_required=True,
    replaces="line.features",
)


def features_with_plan(answers: Mapping[str, Any], before: Mapping[str, Any], present: Sequence[str]) -> list[str]:
    """The SKUs of a line's features with its new plan, from those that it had at submission, and has now.

    What it has lost since doesn't come back, and what it has gained since stays, unless the carrier says otherwise.
    """
    kept, had = KEPT_FEATURES.of(answers), KEPT_FEATURES.of(before) or ()
    if kept is None:
        return [*present]
    gained = [sku for sku in present if sku not in had and sku not in kept]
    return [*(sku for sku in kept if sku in present or sku not in had), *gained]


def ended_features(answers: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """The SKUs of the features that the line has and will not have after the order."""
    kept = KEPT_FEATURES.of(answers) or ()
    return [sku for sku in KEPT_FEATURES.of(before) or () if sku not in kept]


LOST_FEATURES = Consent(
    code="lost_features",
    label="Features that end",
    help="I agree that features the new plan doesn't offer will end.",
    accepts=ended_features,
)
PAYMENT_TERM = Question(
    code="payment_term",
    label="Payment",
    help="Pay in full, or in 24 or 36 monthly installments.",
    type=one_of("full", "24", "36", **{"full": "Pay in full", "24": "24 months", "36": "36 months"}),
    example="24",
    scope=Scope.ORDER,
    priced=True,
)
