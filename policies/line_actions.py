"""Which orders can be placed for a line that exists, and why the others cannot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.inventory import LineStatus
from models.order_type import OrderType, in_the_way
from policies.line_checks import standing_against

_ENDED = frozenset({LineStatus.TERMINATED, LineStatus.DISCONNECTED, LineStatus.VOID})


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One order type for one line: allowed, or the code and the sentence that say why not."""

    type: OrderType
    code: str | None = None
    why_not: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether it can be ordered now."""
        return self.code is None


def offers(
    types: Iterable[OrderType], status: LineStatus, claims: Mapping[str, str], *, has_a_say: bool
) -> tuple[Offer, ...]:
    """Judge every order type. `claims` are the aspects of the line that open orders hold, with their numbers.

    `has_a_say` tells whether whoever asks may order anything for this line at all.
    """
    if has_a_say:
        return tuple(_offer(one, status, claims) for one in types)
    why_not = "That takes the line's holder, one of their managers, an owner of its account, or the desk."
    return tuple(Offer(type=one, code="NOT_AUTHORIZED_ON_BEHALF", why_not=why_not) for one in types if one.touches)


def _offer(order_type: OrderType, status: LineStatus, claims: Mapping[str, str]) -> Offer:
    if not order_type.touches:
        return Offer(type=order_type, code="NOT_FOR_A_LINE", why_not="This order begins a new line.")
    if status in _ENDED:
        return Offer(type=order_type, code="LINE_ENDED", why_not=f"The line is {status}.")
    against = next(filter(None, (standing_against(check, status) for check in order_type.checks)), None)
    if against is not None:
        return Offer(type=order_type, code=against[0], why_not=against[1])
    taken = in_the_way(order_type.touches, claims)
    if taken is not None:
        detail = f"Order {taken[1]} is changing this line; wait until it is done."
        return Offer(type=order_type, code="LINE_HAS_OPEN_ORDER", why_not=detail)
    return Offer(type=order_type)
