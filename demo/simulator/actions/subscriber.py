from demo.simulator.action import SimulatedAction

UPDATE_SUBSCRIBER = SimulatedAction(
    code="update_subscriber", verb="modify", one_of=("subscriberName", "costCenterLabel", "serviceAddress")
)
