from demo.simulator.action import Characteristics, SimulatedAction
from demo.simulator.clock import today


def _results(_: Characteristics) -> Characteristics:
    return {"finalOn": today().isoformat(), "lineStatus": "disconnected"}


TERMINATE = SimulatedAction(
    code="terminate", verb="delete", reads=("reason", "effective", "etfWaiver"), results=_results
)
