from demo.simulator.action import SimulatedAction

CHANGE_PLAN = SimulatedAction(code="change_plan", verb="modify", one_of=("planSku",), reads=("keepFeatureSkus",))
