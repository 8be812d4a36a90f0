from demo.simulator.action import Characteristics, SimulatedAction
from demo.simulator.clock import now
from demo.simulator.numbers import NumberGenerator
from demo.simulator.sold_products import SoldProducts


def _asks(requested: Characteristics, products: SoldProducts) -> str | None:
    """Whether another number will do, if the carrier has given the number up."""
    accepted = requested.get("acceptNewNumber") is True
    return None if accepted or products.keeps_number(requested["recoverMDN"]) else "acceptNewNumber"


def _assigns(requested: Characteristics, numbers: NumberGenerator) -> Characteristics:
    """Another number only if it was asked for."""
    recovered = requested["recoverMDN"]
    is_new = requested.get("acceptNewNumber") is True
    return {"MDN": numbers.mdn(recovered.removeprefix("+1")[:3]) if is_new else recovered}


RECONNECT = SimulatedAction(
    code="reconnect",
    verb="add",
    one_of=("recoverMDN",),
    reads=("planSku", "ICCID", "EID", "acceptNewNumber"),
    asks=_asks,
    assigns=_assigns,
    results=lambda _: {"activatedAt": now(), "lineStatus": "active"},
)
