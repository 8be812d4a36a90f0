from demo.simulator.action import Characteristics, Rejection, SimulatedAction
from demo.simulator.numbers import NumberGenerator, is_area_code

# Area codes in which the carrier has given all its numbers away.
_USED_UP = frozenset({"212", "310"})


def _rejects(requested: Characteristics) -> Rejection | None:
    area_code = requested["areaCode"]
    if not is_area_code(area_code) or area_code in _USED_UP:
        return Rejection("AREA_CODE_UNAVAILABLE", f"no number is free in the area code {area_code}")
    return None


def _assigns(requested: Characteristics, numbers: NumberGenerator) -> Characteristics:
    return {"MDN": numbers.mdn(requested["areaCode"])}


CHANGE_NUMBER = SimulatedAction(
    code="change_number",
    verb="modify",
    one_of=("areaCode",),
    reads=("serviceZip",),
    rejects=_rejects,
    assigns=_assigns,
)
