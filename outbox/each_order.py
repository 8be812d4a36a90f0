"""Work about several orders at one carrier."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import structlog

from models.errors import CarrierUnavailable
from runtime.metrics import RECONCILED

log = structlog.get_logger()


class ClaimedRow(Protocol):
    """A row about one order."""

    order_id: Any


R = TypeVar("R", bound=ClaimedRow)


async def for_each(
    carrier_code: str, claim: Callable[[], Awaitable[R | None]], work: Callable[[R], Awaitable[None]]
) -> None:
    """Do the work for each row that can be claimed, which must not be claimed again meanwhile.

    One that fails does not keep the others from it. Raises CarrierUnavailable if the last two, or the only one, got no
    answer; the others are not claimed then.
    """
    away: CarrierUnavailable | None = None
    while (row := await claim()) is not None:
        try:
            await work(row)
            away = None
        except CarrierUnavailable as error:
            if away is not None:
                raise
            away = error
        except Exception:
            log.exception("reconciled_order_failed", carrier=carrier_code, order_id=row.order_id)
            RECONCILED.labels(carrier_code, "failed").inc()
    if away is not None:
        raise away
