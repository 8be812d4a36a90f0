"""Which features of a line change, and when."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from models.answer_type import AnswerType, calendar_day, yes_or_no
from models.countries import COUNTRIES
from models.formatting import join_names
from models.product import SKU, ProductKind
from models.question import Question, Tell

_FEATURES = "line.features"


def _each_once(skus: list[str]) -> list[str]:
    return list(dict.fromkeys(skus))


_skus: AnswerType[list[str]] = AnswerType(
    annotation=Annotated[list[SKU], Field(max_length=20), AfterValidator(_each_once)],
    invalid="Enter a list of up to 20 SKUs.",
)


def left_to_change(
    answers: Mapping[str, Any], present: Collection[str], ended_there: Collection[str] = ()
) -> dict[str, Any]:
    """The answers without adding what the line has already, and without removing what it no longer has.

    What is added again gets another last day. The carrier hears of that if it removes the feature, or would remove one
    of `ended_there`.
    """
    removing = [question for question in (REMOVE_FEATURES, REPLACED_FEATURES) if question.of(answers)]
    left = {one.code: [sku for sku in one.of(answers) or () if sku in present] for one in removing}
    if added := ADD_FEATURES.of(answers):
        left[ADD_FEATURES.code] = [sku for sku in added if sku not in present]
        is_told = bool(ENDS_AT_CARRIER.of(answers))
        left[MOVED_FEATURES.code] = [sku for sku in added if sku in present and (is_told or sku in ended_there)]
    return {**answers, **left}


def already_off(answers: Mapping[str, Any], present: Collection[str]) -> list[str]:
    """The SKUs of the features that were to be removed, and that the line no longer has."""
    removed = [*(REMOVE_FEATURES.of(answers) or ()), *(REPLACED_FEATURES.of(answers) or ())]
    return [sku for sku in removed if sku not in present]


def changed_features(answers: Mapping[str, Any]) -> list[str]:
    """The SKUs of all features that a carrier is asked to change."""
    asked = (ADD_FEATURES, REMOVE_FEATURES, REPLACED_FEATURES)
    return [sku for question in asked for sku in question.of(answers) or ()]


def refused_of(
    answers: Mapping[str, Any], refused: Sequence[tuple[str, str]], applied: Collection[str] | None
) -> tuple[tuple[str, str], ...]:
    """The features that a carrier has not changed as asked, with its reasons; "" where it gave none.

    That is what is missing in what it has applied, if it says that; else what it has refused, and what that was to
    replace if it has refused all that was to be added.
    """
    added = ADD_FEATURES.of(answers) or ()
    replaced = REPLACED_FEATURES.of(answers) or ()
    reasons = dict(refused)
    if applied is not None:
        left = [sku for sku in changed_features(answers) if sku not in applied]
    else:
        left = [*replaced] if added and reasons.keys() >= {*added} else []
    return (*refused, *((sku, "") for sku in left if sku not in reasons))


def outcome_in_words(answers: Mapping[str, Any], refused: Iterable[Sequence[str]], names: Mapping[str, str]) -> str:
    """What the carrier has done of a change of features, and what it refused and why; `names` is by SKU."""
    reasons = {one[0]: one[1] for one in refused}
    told = []
    removed = [*(REMOVE_FEATURES.of(answers) or ()), *(REPLACED_FEATURES.of(answers) or ())]
    for skus, word in ((ADD_FEATURES.of(answers) or (), "Added"), (removed, "Removed")):
        done = [names.get(sku, sku) for sku in skus if sku not in reasons]
        told += [f"{word}: {join_names(done)}."] if done else []
    for sku, reason in reasons.items():
        told.append(f"Refused by the carrier: {names.get(sku, sku)}{f' ({reason})' if reason else ''}.")
    return " ".join(told)


ADD_FEATURES = Question(
    code="add_features",
    label="Features to add",
    help="Those that go with the line's plan.",
    type=_skus,
    example=["NW-ROAM-EU"],
    product=ProductKind.FEATURE,
    fits=("plan",),
    adds_to=_FEATURES,
)
REMOVE_FEATURES = Question(
    code="remove_features",
    label="Features to remove",
    help="Those that the line has.",
    type=_skus,
    example=["NW-CALLFILTER"],
    product=ProductKind.FEATURE,
    ends=_FEATURES,
)
REPLACE_CONFLICTING = Question(
    code="replace_conflicting",
    label="Features that conflict",
    help="What happens to features of the line that can't be on together with the new ones.",
    type=yes_or_no(yes="Replace them", no="Keep them"),
    example=True,
    tell=Tell.NOTHING,
    priced=True,
)
REPLACED_FEATURES = Question(
    code="replaced_features",
    label="Features that are replaced",
    help="The features of the line that can't be on together with the new ones.",
    type=_skus,
    example=["NW-ROAM-NA"],
    product=ProductKind.FEATURE,
    ends=_FEATURES,
)
DESTINATION: Question[str] = Question(
    code="destination",
    label="Destination",
    help="The country where the line is used.",
    type=AnswerType(
        annotation=Literal[tuple(COUNTRIES)], invalid="Choose a country.", words=MappingProxyType(dict(COUNTRIES))
    ),
    example="FR",
)
MOVED_FEATURES = Question(
    code="moved_features",
    label="Features that get another last day",
    help="The line has them already.",
    type=_skus,
    example=["NW-ROAM-EU"],
    tell=Tell.NOTHING,
)
STARTS_ON = Question(
    code="starts_on",
    label="Features on since",
    help="The earlier day of this billing cycle from which the carrier counts the features.",
    type=calendar_day(),
    example="2026-11-20",
)
ENDS_AT_CARRIER = Question(
    code="ends_at_carrier",
    label="Removed by the carrier after",
    help="The last day of the added features, if the carrier removes them itself.",
    type=calendar_day(),
    example="2027-03-01",
    tell=Tell.NOTHING,
)
ENDS_ON = Question(
    code="ends_on",
    label="Last day of the added features",
    help="They are removed at the end of this day. Roaming and trial features need one.",
    type=calendar_day(),
    example="2027-03-01",
)
FEATURES_END_ON: Question[str] = Question(
    code="features_end_on",
    label="Last day of roaming and trial features",
    help="They are removed at the end of this day. The line's other features stay.",
    type=calendar_day(),
    example="2027-03-01",
)
ENDING_FEATURES = Question(
    code="ending_features",
    label="Features that end then",
    help="The chosen features that are for roaming or a trial.",
    type=_skus,
    example=["NW-ROAM-EU"],
    tell=Tell.NOTHING,
)
