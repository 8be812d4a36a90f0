from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.questions.products import DEVICE, PLAN
from policies.check import Check
from policies.choices import first, go_together, in_catalog


def _plan_fits_device(facts: Facts) -> Iterator[FieldError]:
    for choice, plan in in_catalog(facts, PLAN):
        device = first(facts, choice.item, DEVICE)
        if device and not go_together(plan, device):
            detail = f"{plan.name} doesn't work with {device.name}. Choose another plan."
            yield FieldError(code="INCOMPATIBLE_PLAN", field=choice.field, detail=detail)
    yield from _one_carrier(facts)


def _one_carrier(facts: Facts) -> Iterator[FieldError]:
    """Check that all plans have the same carrier: the items of an order go to the carrier together."""
    carrier = None
    for choice, plan in in_catalog(facts, PLAN):
        carrier = carrier or plan.carrier
        if plan.carrier not in (None, carrier):
            detail = "All lines in one order must be with the same carrier."
            yield FieldError(code="INCOMPATIBLE_PLAN", field=choice.field, detail=detail)


PLAN_FITS_DEVICE = Check(code="plan_fits_device", errors=("INCOMPATIBLE_PLAN",), judge=_plan_fits_device)
