from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.optional_facts.number_lock import EMPLOYEE_NUMBERS
from models.questions.number_lock import LOCK_PIN
from policies.check import Check, item_error


def _pin_not_guessable(facts: Facts) -> Iterator[FieldError]:
    for item, named in facts.lines_by_item():
        number = EMPLOYEE_NUMBERS.of(facts).get(named.line.person_id, "").lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        if number and number in (LOCK_PIN.of(facts.answers[item]) or ""):
            yield item_error(item, LOCK_PIN, "LOCK_PIN_GUESSABLE", "The PIN contains your employee number.")


PIN_NOT_GUESSABLE = Check(
    code="pin_not_guessable",
    errors=("LOCK_PIN_GUESSABLE",),
    judge=_pin_not_guessable,
    why_once="The PIN is a secret, which the order does not keep.",
    needs=(EMPLOYEE_NUMBERS,),
)
