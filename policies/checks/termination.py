"""Lines that are to end: when, what it costs the company, and what becomes of their devices."""

from collections import Counter
from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.formatting import day, join_names
from models.inventory import Line
from models.optional_facts.accounts import CRITICAL_LINES, CYCLE_DAYS
from models.optional_facts.carriers import CARRIER_RULES
from models.optional_facts.people import UNDECIDED_NUMBERS
from models.optional_facts.plan_change import PLANS_IN_USE
from models.questions.line import LINE
from models.questions.returns import ACCOUNT_REMOVED
from models.questions.termination import (
    CRITICAL_ACK,
    DEVICE_GOES,
    END_REASON,
    END_REASON_TEXT,
    FINAL_ACK,
    KEEPS,
    LEAVER_ACK,
    TO_CARRIER,
    WIPE_CONFIRMED,
)
from policies.check import Check, item_error
from policies.deadlines import local_day
from policies.line_access import lines_to_judge
from policies.protected_numbers import why_critical
from policies.reconnection import undo_text

_LEAVES_THE_COMPANY = frozenset({TO_CARRIER, KEEPS})


def _reason_given(facts: Facts) -> Iterator[FieldError]:
    for item, answers in enumerate(facts.answers):
        if END_REASON.of(answers) == "other" and not END_REASON_TEXT.of(answers):
            yield item_error(item, END_REASON_TEXT, "ANSWER_REQUIRED", "Say why the line is no longer needed.")


def _device_settled(facts: Facts) -> Iterator[FieldError]:
    """Check that something happens to each device, and that no company data leaves with it."""
    for item, named in lines_to_judge(facts):
        answers = facts.answers[item]
        goes = DEVICE_GOES.of(answers)
        if named.device is None:
            continue
        if goes is None:
            yield item_error(item, DEVICE_GOES, "ANSWER_REQUIRED", "Choose what happens to the device.")
        elif goes in _LEAVES_THE_COMPANY and not WIPE_CONFIRMED.of(answers):
            detail = "Have the device erased, then confirm it: no company data must be left on it."
            yield item_error(item, WIPE_CONFIRMED, "ACK_REQUIRED", detail)
        elif goes == TO_CARRIER and ACCOUNT_REMOVED.of(answers) is None:
            detail = "Say whether the device is signed out of its Apple or Google account."
            yield item_error(item, ACCOUNT_REMOVED, "ANSWER_REQUIRED", detail)


def _number_given_up(facts: Facts) -> Iterator[FieldError]:
    """Check that the requester knows what the accounts say about the numbers."""
    for item, named in lines_to_judge(facts):
        why = why_critical(facts, named)
        if why and not CRITICAL_ACK.of(facts.answers[item]):
            yield item_error(item, CRITICAL_ACK, "NUMBER_PROTECTED", f"{why} Confirm that it can be given up.")


def _leaver_has_decided(facts: Facts) -> Iterator[FieldError]:
    """Check that no one who leaves soon loses a number that they may want to keep, unless the requester knows it.

    After the last day it ends without this.
    """
    today = local_day(facts.policy, facts.now)
    for item, named in lines_to_judge(facts):
        leaver = UNDECIDED_NUMBERS.of(facts).get(named.line.id)
        is_soon = leaver and (leaver.last_day - today).days <= facts.policy.leave_number_days
        if leaver and is_soon and not LEAVER_ACK.of(facts.answers[item]):
            detail = (
                f"{leaver.name} leaves on {day(leaver.last_day)} and hasn't said what should happen to this number. "
                f"Ask {leaver.name}, or confirm that it can be given up."
            )
            yield item_error(item, LEAVER_ACK, "LEAVER_NUMBER_UNDECIDED", detail)


def _loss_accepted(facts: Facts) -> Iterator[FieldError]:
    lines = [(item, named) for item, named in lines_to_judge(facts)]
    if lines and not FINAL_ACK.of(facts.answers[0]):
        windows = dict.fromkeys(undo_text(facts, named, facts.answers[item]) for item, named in lines)
        what = "this" if len(lines) == 1 else "disconnecting the lines"
        detail = f"Can {what} be undone? {' '.join(windows)} I understand."
        yield FieldError(code="ACK_REQUIRED", field=f"answers.{FINAL_ACK.code}", detail=detail)


def _data_still_shared(facts: Facts) -> Iterator[FieldError]:
    """Check that no line ends whose data other lines use."""
    leaving = {named.line.id: (item, named.line) for item, named in lines_to_judge(facts)}
    gone = Counter((_account(line), line.plan) for _, line in leaving.values())
    for item, line in leaving.values():
        account = _account(line)
        in_use = PLANS_IN_USE.of(facts).get(account, {})
        kept = {sku: (plan, plan.lines - gone[account, sku]) for sku, plan in in_use.items()}
        _, primaries = kept.get(line.plan, (None, 1))
        sharing = [plan.name for plan, lines in kept.values() if plan.shared_primary == line.plan and lines > 0]
        if primaries == 0 and sharing:
            names = join_names(sorted(sharing))
            detail = f"Lines with {names} use the data of this line's plan. Give those lines another plan first."
            yield item_error(item, LINE, "SHARED_PLAN_PRIMARY", detail)


def _account(line: Line) -> tuple[str, str]:
    """The billing account of a line as facts name it."""
    return line.carrier, line.carrier_account or ""


REASON_GIVEN = Check(code="reason_given", errors=("ANSWER_REQUIRED",), judge=_reason_given, asks_more=True)
DEVICE_SETTLED = Check(
    code="device_settled", errors=("ANSWER_REQUIRED", "ACK_REQUIRED"), judge=_device_settled, asks_more=True
)
NUMBER_GIVEN_UP = Check(
    code="number_given_up",
    errors=("NUMBER_PROTECTED",),
    judge=_number_given_up,
    needs=(CRITICAL_LINES,),
    asks_more=True,
)
LEAVER_HAS_DECIDED = Check(
    code="leaver_has_decided",
    errors=("LEAVER_NUMBER_UNDECIDED",),
    judge=_leaver_has_decided,
    needs=(UNDECIDED_NUMBERS,),
    asks_more=True,
)
LOSS_ACCEPTED = Check(
    code="loss_accepted",
    errors=("ACK_REQUIRED",),
    judge=_loss_accepted,
    needs=(CARRIER_RULES, CYCLE_DAYS),
    why_once="What the requester has accepted stays accepted; the approvers read until when the end can be undone.",
    asks_more=True,
)
DATA_STILL_SHARED = Check(
    code="data_still_shared", errors=("SHARED_PLAN_PRIMARY",), judge=_data_still_shared, needs=(PLANS_IN_USE,)
)
