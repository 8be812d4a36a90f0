from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from policies.check import Check


def _cost_center_valid(facts: Facts) -> Iterator[FieldError]:
    charged = {
        "cost_center_one_time": facts.cost_center_one_time,
        "cost_center_recurring": facts.cost_center_recurring,
    }
    for field, code in charged.items():
        if code not in facts.cost_centers and (code or facts.cost_centers):
            detail = f'No active cost center matches "{code}".' if code else "Choose a cost center."
            yield FieldError(code="COST_CENTER_INVALID", field=field, detail=detail)


COST_CENTER_VALID = Check(code="cost_center_valid", errors=("COST_CENTER_INVALID",), judge=_cost_center_valid)
