"""Timing of calls to carriers."""

import functools
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from carriers.base import Carrier
from models.errors import CarrierRefused
from runtime.metrics import CARRIER_CALL_SECONDS

Method = TypeVar("Method", bound=Callable[..., Awaitable[Any]])


def timed(call: str) -> Callable[[Method], Method]:
    """Record how long a method of a carrier takes, by its outcome: `done`, `refused` or `failed`."""

    def decorate(method: Method) -> Method:
        @functools.wraps(method)
        async def timed_method(carrier: Carrier, *args: Any, **kwargs: Any) -> Any:
            started, outcome = time.perf_counter(), "failed"
            try:
                result = await method(carrier, *args, **kwargs)
                outcome = "done"
            except CarrierRefused:
                outcome = "refused"
                raise
            finally:
                CARRIER_CALL_SECONDS.labels(carrier.code, call, outcome).observe(time.perf_counter() - started)
            return result

        return cast("Method", timed_method)

    return decorate
