"""What carriers say about the items of an order, found by what an item asks for."""

from collections.abc import Mapping
from hashlib import sha256
from json import dumps
from types import MappingProxyType

from models import questions
from models.carrier_quote import UNKNOWN, CarrierQuote
from models.facts import Facts
from models.optional_fact import OptionalFact

# By the content of an item; those that the carrier was not asked about, or not lately, are left out.
CARRIER_QUOTES: OptionalFact[Mapping[str, CarrierQuote]] = OptionalFact(
    code="carrier_quotes", empty=MappingProxyType({})
)


def content_of(facts: Facts, item: int) -> str:
    """A hash of what the carrier's answer about an item (counted from 0) depends on, without secrets and consents."""
    asked = {code: questions.find(code) for code in facts.answers[item]}
    answers = {
        code: facts.answers[item][code]
        for code, question in asked.items()
        if not question.is_secret and not question.is_consent
    }
    content = [facts.type.code, facts.account.id, answers, facts.effective_on]
    return sha256(dumps(content, default=str, sort_keys=True).encode()).hexdigest()


def quote_of(facts: Facts, item: int) -> CarrierQuote:
    """What the carrier says about an item, counted from 0."""
    return CARRIER_QUOTES.of(facts).get(content_of(facts, item), UNKNOWN)


def quotes_of(facts: Facts) -> tuple[CarrierQuote, ...]:
    """What the carrier says about each item; empty if the type doesn't ask."""
    return tuple(quote_of(facts, item) for item in range(len(facts.answers))) if facts.type.quote else ()
