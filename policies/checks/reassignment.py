from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.questions.line import LINE
from policies.check import Check, item_error


def _new_holder(facts: Facts) -> Iterator[FieldError]:
    for item, named in facts.lines_by_item():
        if named.line.holder == facts.beneficiary.holder:
            detail = f"This line is already assigned to {facts.beneficiary.name}."
            yield item_error(item, LINE, "ALREADY_HOLDER", detail)


NEW_HOLDER = Check(code="new_holder", errors=("ALREADY_HOLDER",), judge=_new_holder)
