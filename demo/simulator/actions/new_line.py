from demo.simulator import equipment
from demo.simulator.action import Characteristics, Rejection, SimulatedAction
from demo.simulator.clock import now
from demo.simulator.numbers import NumberGenerator, is_area_code


def _rejects(requested: Characteristics) -> Rejection | None:
    area_code = requested.get("areaCode")
    if area_code and not is_area_code(area_code):
        return Rejection("INVALID_AREA_CODE", f"{area_code} is not an area code")
    return equipment.rejects(requested)


def _assigns(requested: Characteristics, numbers: NumberGenerator) -> Characteristics:
    mdn = requested.get("MDN") or numbers.mdn(requested.get("areaCode"))
    return {"MDN": mdn, **equipment.assigns(requested, numbers)}


def _results(_: Characteristics) -> Characteristics:
    return {"activatedAt": now(), "lineStatus": "active"}


NEW_LINE = SimulatedAction(
    code="new_line",
    verb="add",
    one_of=("deviceSku", "simType"),
    reads=("deviceTac", "planSku", "featureSkus", "accessorySkus", "areaCode", "serviceZip"),
    rejects=_rejects,
    assigns=_assigns,
    reveals=equipment.reveals,
    ships=equipment.ships,
    activates=lambda _: True,
    results=_results,
)
