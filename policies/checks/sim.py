from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from models.questions.products import DEVICE
from models.questions.sim import SIM_TYPE
from policies.check import Check, item_error
from policies.choices import first


def _sim_type_fits(facts: Facts) -> Iterator[FieldError]:
    for item, answers in enumerate(facts.answers):
        device, selected = first(facts, item, DEVICE), SIM_TYPE.of(answers)
        supported = device.attributes.get("sim_types", ()) if device else ()
        if device and selected and supported and selected not in supported:
            words = " or ".join(map(SIM_TYPE.word, supported))
            detail = f"{device.name} doesn't support this SIM type. Choose {words}."
            yield item_error(item, SIM_TYPE, "SIM_TYPE_INCOMPATIBLE", detail)


SIM_TYPE_FITS = Check(code="sim_type_fits", errors=("SIM_TYPE_INCOMPATIBLE",), judge=_sim_type_fits)
