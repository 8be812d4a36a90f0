"""Lines that are to have service again."""

from collections.abc import Iterator
from datetime import date

from models.errors import FieldError
from models.facts import Facts
from models.formatting import day
from models.inventory import Device, Line, LineStatus
from models.optional_facts.carrier_quotes import CARRIER_QUOTES, quote_of
from models.optional_facts.carriers import CARRIER_RULES
from models.optional_facts.recover_windows import RECOVER_WINDOWS
from models.questions.line import LINE
from models.questions.products import PLAN
from models.questions.resumption import DEVICE_IN_HAND, NEW_NUMBER_ACK, RESUME_FROM, SUSPENDED_FOR
from models.suspension_reason import LOST, STOLEN
from policies.check import Check, LineState, item_error
from policies.deadlines import local_day
from policies.line_access import lines_to_judge
from policies.line_status import describe_status
from policies.reconnection import closed_on, recoverable_until

_STOPPED = frozenset({LineStatus.SUSPENDED, LineStatus.DISCONNECTED, LineStatus.TERMINATED})
_MISSING = frozenset({LOST.code, STOLEN.code})


def _line_stopped(facts: Facts) -> Iterator[FieldError]:
    """Check that each line exists and has no service. The order itself makes one that it reconnects pending."""
    for item, answers in enumerate(facts.answers):
        if facts.line(item) is None:
            yield item_error(item, LINE, "LINE_NOT_SUSPENDED", f'No line matches "{str(LINE.of(answers))[:26]}".')
    for item, named in lines_to_judge(facts):
        is_reserved = facts.submitted and named.line.status is LineStatus.PENDING
        if named.line.status not in _STOPPED and not is_reserved:
            yield item_error(item, LINE, "LINE_NOT_SUSPENDED", describe_status(named.line.status))


def _resumed_alike(facts: Facts) -> Iterator[FieldError]:
    """Check that the carrier is asked for one thing: to resume lines, or to reconnect them."""
    for item, _ in lines_to_judge(facts):
        if RESUME_FROM.of(facts.answers[item]) != RESUME_FROM.of(facts.answers[0]):
            detail = "Suspended and disconnected lines can't be in one order. Order this line separately."
            yield item_error(item, LINE, "RESUME_SEPARATELY", detail)


def _within_window(facts: Facts) -> Iterator[FieldError]:
    """Check that the carrier can still reconnect each disconnected line on the start date."""
    today = local_day(facts.policy, facts.now)
    starts = max(facts.effective_on or today, today)
    for item, named in lines_to_judge(facts):
        line, last = named.line, recoverable_until(facts, named.line)
        if line.status is LineStatus.TERMINATED or closed_on(line, last, starts) is not None:
            yield item_error(item, LINE, "RESUME_WINDOW_CLOSED", _closed(line, last))


def _closed(line: Line, last: date | None = None) -> str:
    """Why a line can't be reconnected."""
    until = f" until {day(last)}" if last else ""
    since = f" This line was disconnected on {day(line.disconnected_on)}." if line.disconnected_on else ""
    return f"The carrier could reconnect this line{until}, and no longer can.{since} Order a new line instead."


def _window_closed(found: LineState) -> str | None:
    is_over = found.line.status is LineStatus.TERMINATED or found.closed_on is not None
    return _closed(found.line, found.closed_on) if is_over else None


def _number_may_change(facts: Facts) -> Iterator[FieldError]:
    """Check that people know it where the carrier doesn't say for how long it keeps numbers."""
    for item, named in lines_to_judge(facts):
        line = named.line
        unknown = line.status is LineStatus.DISCONNECTED and recoverable_until(facts, line) is None
        if unknown and not NEW_NUMBER_ACK.of(facts.answers[item]):
            detail = "The carrier doesn't say for how long it keeps numbers, so the line can get another. I accept it."
            yield item_error(item, NEW_NUMBER_ACK, "NEW_NUMBER_LIKELY", detail)


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


def _blocked(device: Device | None) -> str | None:
    if device is None or device.block_listed_at is None:
        return None
    return "Carriers block this line's phone. Have the telecom desk get it unblocked, then resume the line."


def _device_not_blocked(facts: Facts) -> Iterator[FieldError]:
    for item, named in lines_to_judge(facts):
        why_not = _blocked(named.device)
        if why_not is not None:
            yield item_error(item, LINE, "DEVICE_BLOCKED", why_not)


def _plan_offered(facts: Facts) -> Iterator[FieldError]:
    """Check that the carrier still offers the plan, or another one is chosen: then only is the plan asked for."""
    for item, named in lines_to_judge(facts):
        known, chosen = facts.products.get(named.line.plan), PLAN.of(facts.answers[item])
        quote = quote_of(facts, item)
        withdrawn = known is None or not known.active or quote.plan_withdrawn
        if withdrawn and chosen in (None, named.line.plan):
            name = known.name if known else "This line's plan"
            yield item_error(item, PLAN, "PLAN_WITHDRAWN", f"{name} is no longer offered. Choose another plan.")
        elif chosen and not withdrawn and quote.is_known and not facts.submitted:
            detail = "The line keeps its plan. Leave this out, and change the plan with an order of its own."
            yield item_error(item, PLAN, "PLAN_STAYS", detail)


LINE_STOPPED = Check(code="line_stopped", errors=("LINE_NOT_SUSPENDED",), judge=_line_stopped, line_statuses=_STOPPED)
RESUMED_ALIKE = Check(code="resumed_alike", errors=("RESUME_SEPARATELY",), judge=_resumed_alike)
WITHIN_WINDOW = Check(
    code="within_window",
    errors=("RESUME_WINDOW_CLOSED",),
    judge=_within_window,
    needs=(CARRIER_RULES, RECOVER_WINDOWS),
    refuses=_window_closed,
)
NUMBER_MAY_CHANGE = Check(
    code="number_may_change",
    errors=("NEW_NUMBER_LIKELY",),
    judge=_number_may_change,
    needs=(CARRIER_RULES, RECOVER_WINDOWS),
    asks_more=True,
)
DEVICE_FOUND = Check(
    code="device_found",
    errors=("ANSWER_REQUIRED", "DEVICE_STILL_MISSING"),
    judge=_device_found,
    asks_more=True,
)
DEVICE_NOT_BLOCKED = Check(
    code="device_not_blocked",
    errors=("DEVICE_BLOCKED",),
    judge=_device_not_blocked,
    refuses=lambda found: _blocked(found.device),
)
PLAN_OFFERED = Check(
    code="plan_offered",
    errors=("PLAN_WITHDRAWN", "PLAN_STAYS"),
    judge=_plan_offered,
    needs=(CARRIER_QUOTES,),
    asks_more=True,
)
