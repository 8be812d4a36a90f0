from types import MappingProxyType

from demo.simulator.action import SimulatedAction

LOCK_NUMBER = SimulatedAction(
    code="lock_number",
    verb="modify",
    sets=MappingProxyType({"portProtection": "on"}),
    reads=("portPin", "protectionLevel"),
    ships=lambda _: True,
    activates=lambda _: True,
    results=lambda requested: {"protectedAs": requested["protectionLevel"]},
)
