from collections.abc import Iterator

from models.asks import QUESTIONS, Ask
from models.errors import FieldError
from models.facts import Facts
from policies.check import Check, item_error
from policies.choices import first


def _sim_type_fits(facts: Facts) -> Iterator[FieldError]:
    for item, answers in enumerate(facts.answers):
        device, selected = first(facts, item, Ask.DEVICE), answers.get(Ask.SIM_TYPE)
        supported = device.attributes.get("sim_types", ()) if device else ()
        if device and selected and supported and selected not in supported:
            words = " or ".join(map(QUESTIONS[Ask.SIM_TYPE].said, supported))
            detail = f"{device.name} doesn't support this SIM type. Choose {words}."
            yield item_error(item, Ask.SIM_TYPE, "SIM_TYPE_INCOMPATIBLE", detail)


SIM_TYPE_FITS = Check(code="sim_type_fits", errors=("SIM_TYPE_INCOMPATIBLE",), judge=_sim_type_fits)
