"""What the carrier says before it is asked to carry out an order."""

from collections.abc import Iterator
from decimal import Decimal

from models.carrier_quote import fee_sentences_of
from models.errors import FieldError
from models.facts import Facts
from models.optional_facts.carrier_quotes import CARRIER_QUOTES, quote_of
from models.questions.consent import FEE_ACK
from models.questions.device import DEVICE_HELD
from models.questions.line import AREA_CODE, LINE
from policies.check import Check, item_error

_NO_NUMBERS = "AREA_CODE_UNAVAILABLE"  # as carriers call it, too


def _carrier_accepts(facts: Facts) -> Iterator[FieldError]:
    """Check that the carrier would do it. The carrier's words are quoted: they are not ours."""
    for item, answers in enumerate(facts.answers):
        quote = quote_of(facts, item)
        area_code = AREA_CODE.of(answers)
        if quote.eligible is False and quote.why_not_code == _NO_NUMBERS and area_code:
            detail = f"The carrier has no free number in the area code {area_code}. Choose another one."
            yield item_error(item, AREA_CODE, _NO_NUMBERS, detail)
        elif quote.eligible is False:
            why = f": “{quote.why_not}”" if quote.why_not else ""
            detail = f"The carrier says that it can't do this{why}. Contact the telecom desk if that seems wrong."
            yield (
                item_error(item, DEVICE_HELD if facts.type.about_devices else LINE, "CARRIER_REFUSES", detail)
                if facts.type.about_inventory
                else FieldError(code="CARRIER_REFUSES", field=f"items.{item}", detail=detail)
            )


def _fee_accepted(facts: Facts) -> Iterator[FieldError]:
    quotes = [quote_of(facts, item) for item in range(len(facts.answers))]
    if any(FEE_ACK.of(answers) for answers in facts.answers) or not any(one.needs_consent for one in quotes):
        return
    currency = facts.policy.currency
    names = dict.fromkeys(name for one in quotes for name in one.amounts)
    totals = [(name, str(sum(one.amounts.get(name, Decimal(0)) for one in quotes))) for name in names]
    yield FieldError(
        code="FEE_ACK_REQUIRED",
        field=f"answers.{FEE_ACK.code}",
        detail=f"{' '.join(fee_sentences_of(quotes, currency))} Accept this to continue.",
        facts=(*totals, ("currency", currency)),
    )


CARRIER_ACCEPTS = Check(
    code="carrier_accepts", errors=("CARRIER_REFUSES", _NO_NUMBERS), judge=_carrier_accepts, needs=(CARRIER_QUOTES,)
)
FEE_ACCEPTED = Check(
    code="fee_accepted",
    errors=("FEE_ACK_REQUIRED",),
    judge=_fee_accepted,
    why_once="A fee that rises after the requester has accepted it goes back to the approvers with the new price.",
    needs=(CARRIER_QUOTES,),
)
