"""Lines that get another phone number."""

from collections.abc import Iterator
from datetime import timedelta

from models.errors import FieldError
from models.facts import Facts
from models.formatting import day
from models.inventory import NOT_RECOVERED
from models.optional_facts.accounts import CRITICAL_LINES
from models.optional_facts.carriers import CARRIER_RULES
from models.questions.line import LINE, SERVICE_ZIP
from models.questions.number_change import ADDRESS_FIRST, PROTECTED_ACK
from models.questions.subscriber import SERVICE_ADDRESS
from policies.check import Check, item_error
from policies.deadlines import local_day
from policies.line_access import lines_to_judge
from policies.protected_numbers import why_protected


def _number_not_changed_lately(facts: Facts) -> Iterator[FieldError]:
    today = local_day(facts.policy, facts.now)
    starts = max(facts.effective_on or today, today)
    for item, named in lines_to_judge(facts):
        changed = [one.until for one in named.line.former_numbers if one.reason != NOT_RECOVERED]
        if not changed:
            continue
        free_from = max(changed) + timedelta(days=facts.policy.number_change_days)
        if starts < free_from:
            detail = f"This line got its number on {day(max(changed))}. It can get another one from {day(free_from)}."
            yield item_error(item, LINE, "NUMBER_CHANGED_RECENTLY", detail)


def _number_not_protected(facts: Facts) -> Iterator[FieldError]:
    """Check that the requester knows why the number is protected."""
    for item, named in lines_to_judge(facts):
        why = why_protected(facts, named)
        if why and not PROTECTED_ACK.of(facts.answers[item]):
            yield item_error(item, PROTECTED_ACK, "NUMBER_PROTECTED", f"{why} Confirm that it can be given up.")


def _address_fits(facts: Facts) -> Iterator[FieldError]:
    """Check that a carrier that takes the area from the subscriber's address gets one with the new ZIP code."""
    for item, _ in lines_to_judge(facts):
        answers = facts.answers[item]
        address, wanted = SERVICE_ADDRESS.of(answers), (SERVICE_ZIP.of(answers) or "")[:5]
        if not ADDRESS_FIRST.of(answers):
            continue
        elif address is None:
            detail = f"The carrier takes the area of the number from the service address. Enter one in {wanted}."
            yield item_error(item, SERVICE_ADDRESS, "ANSWER_REQUIRED", detail)
        elif str(address["postal_code"])[:5] != wanted:
            detail = f"The carrier takes the area of the number from this address. Enter one in {wanted}."
            yield item_error(item, SERVICE_ADDRESS, "ADDRESS_INVALID", detail)


def _one_number(facts: Facts) -> Iterator[FieldError]:
    for item in range(1, len(facts.answers)):
        detail = "An order changes the number of one line. Order the others separately."
        yield item_error(item, LINE, "NUMBER_SEPARATELY", detail)


ONE_NUMBER = Check(
    code="one_number",
    errors=("NUMBER_SEPARATELY",),
    judge=_one_number,
    why_once="An order keeps its number of lines.",
)
NUMBER_NOT_CHANGED_LATELY = Check(
    code="number_not_changed_lately", errors=("NUMBER_CHANGED_RECENTLY",), judge=_number_not_changed_lately
)
NUMBER_NOT_PROTECTED = Check(
    code="number_not_protected",
    errors=("NUMBER_PROTECTED",),
    judge=_number_not_protected,
    needs=(CRITICAL_LINES,),
    asks_more=True,
)
ADDRESS_FITS = Check(
    code="address_fits",
    errors=("ANSWER_REQUIRED", "ADDRESS_INVALID"),
    judge=_address_fits,
    needs=(CARRIER_RULES,),  # by which the answer to ADDRESS_FIRST is worked out
    asks_more=True,
)
