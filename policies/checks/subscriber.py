"""What the carrier's record of a line's user is to become."""

from collections.abc import Iterator, Mapping
from typing import Any

from models.errors import FieldError
from models.facts import Facts
from models.questions.subscriber import CARRIER_LABEL, SERVICE_ADDRESS, SUBSCRIBER_NAME
from policies.check import Check, item_error


def _nothing_changes(facts: Facts) -> Iterator[FieldError]:
    for item, named in facts.lines_by_item():
        answers = facts.answers[item]
        answered = [one for one in (SUBSCRIBER_NAME, CARRIER_LABEL, SERVICE_ADDRESS) if one.of(answers)]
        if all(_comparable(one.of(answers)) == _comparable(named.value_at(one.replaces)) for one in answered):
            detail = "The carrier's record of this line says this already. Change the name, the label or the address."
            yield item_error(item, SUBSCRIBER_NAME, "NOTHING_CHANGES", detail)


def _comparable(value: Any) -> Any:
    """An address without its blank fields, which the carrier may leave out; anything else as it is."""
    return {name: part for name, part in value.items() if part} if isinstance(value, Mapping) else value


NOTHING_CHANGES = Check(code="nothing_changes", errors=("NOTHING_CHANGES",), judge=_nothing_changes)
