from demo.simulator.action import SimulatedAction

# The carrier confirms the SIM that the client names, and knows nothing of the old one.
CHANGE_SIM = SimulatedAction(code="change_sim", verb="modify", one_of=("ICCID", "EID"))
