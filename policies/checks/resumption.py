"""Lines that are to have service again."""

from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.questions.line import LINE
from models.questions.products import PLAN
from models.questions.resumption import DEVICE_IN_HAND, SUSPENDED_FOR
from models.suspension_reason import LOST, STOLEN
from policies.check import Check, item_error
from policies.line_access import lines_to_judge

_MISSING = frozenset({LOST.code, STOLEN.code})


def _device_found(facts: Facts) -> Iterator[FieldError]:
    """Check that a phone that was lost or stolen is back."""
    for item, named in lines_to_judge(facts):
        answers = facts.answers[item]
        if named.device is None or SUSPENDED_FOR.of(answers) not in _MISSING:
            continue
        found = DEVICE_IN_HAND.of(answers)
        if found is None:
            detail = "Say whether you have the phone again."
            yield item_error(item, DEVICE_IN_HAND, "ANSWER_REQUIRED", detail)
        elif not found:
            detail = "Without its phone, the line stays suspended. Resume it once you have the phone again."
            yield item_error(item, DEVICE_IN_HAND, "DEVICE_STILL_MISSING", detail)


def _device_not_blocked(facts: Facts) -> Iterator[FieldError]:
    for item, named in lines_to_judge(facts):
        if named.device and named.device.block_listed_at:
            detail = "Carriers block this line's phone. Have the telecom desk get it unblocked, then resume the line."
            yield item_error(item, LINE, "DEVICE_BLOCKED", detail)


def _plan_offered(facts: Facts) -> Iterator[FieldError]:
    """Check that the carrier still offers the plan, or another one is chosen: then only is the plan asked for."""
    for item, named in lines_to_judge(facts):
        known, chosen = facts.products.get(named.line.plan), PLAN.of(facts.answers[item])
        withdrawn = known is None or not known.active
        if withdrawn and chosen in (None, named.line.plan):
            name = known.name if known else "This line's plan"
            yield item_error(item, PLAN, "PLAN_WITHDRAWN", f"{name} is no longer offered. Choose another plan.")
        elif chosen and not withdrawn and not facts.submitted:
            detail = "The line keeps its plan. Leave this out, and change the plan with an order of its own."
            yield item_error(item, PLAN, "PLAN_STAYS", detail)


DEVICE_FOUND = Check(
    code="device_found",
    errors=("ANSWER_REQUIRED", "DEVICE_STILL_MISSING"),
    judge=_device_found,
    asks_more=True,
)
DEVICE_NOT_BLOCKED = Check(code="device_not_blocked", errors=("DEVICE_BLOCKED",), judge=_device_not_blocked)
PLAN_OFFERED = Check(code="plan_offered", errors=("PLAN_WITHDRAWN", "PLAN_STAYS"), judge=_plan_offered, asks_more=True)
