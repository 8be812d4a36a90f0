from demo.simulator.action import Characteristics, SimulatedAction
from demo.simulator.clock import today


def _results(_: Characteristics) -> Characteristics:
    return {"planFrom": today().isoformat()}


CHANGE_PLAN = SimulatedAction(
    code="change_plan",
    verb="modify",
    one_of=("planSku",),
    reads=("keepFeatureSkus", "effective"),
    results=_results,
)
