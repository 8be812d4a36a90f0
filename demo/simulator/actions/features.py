from demo.simulator.action import SimulatedAction

CHANGE_FEATURES = SimulatedAction(
    code="change_features",
    verb="modify",
    one_of=("addFeatureSkus", "removeFeatureSkus"),
    reads=("replaceConflicting", "startsOn", "endsOn"),
)
