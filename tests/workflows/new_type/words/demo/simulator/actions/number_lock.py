from types import MappingProxyType

from demo.simulator.action import Characteristics, Rejection, SimulatedAction


def _rejects(requested: Characteristics) -> Rejection | None:
    """A PIN that starts with a nine; as carriers do, the reason repeats it."""
    pin = str(requested["portPin"])
    return Rejection("WRONG_PIN", f"PIN {pin} doesn't match") if pin.startswith("9") else None


LOCK_NUMBER = SimulatedAction(
    code="lock_number",
    verb="modify",
    sets=MappingProxyType({"portProtection": "on"}),
    reads=("portPin", "protectionLevel"),
    rejects=_rejects,
    ships=lambda _: True,
    activates=lambda _: True,
    results=lambda requested: {"protectedAs": requested["protectionLevel"]},
)
