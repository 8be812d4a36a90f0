from types import MappingProxyType

from demo.simulator.action import SimulatedAction

SUSPEND = SimulatedAction(
    code="suspend",
    verb="modify",
    sets=MappingProxyType({"lineStatus": "suspended"}),
    reads=("suspendReason", "billing"),
)

RESUME = SimulatedAction(
    code="resume", verb="modify", sets=MappingProxyType({"lineStatus": "active"}), reads=("planSku",)
)
