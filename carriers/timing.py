"""Timing of calls to carriers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from models.errors import CarrierDeclined
from runtime.metrics import CARRIER_CALL_SECONDS


@contextmanager
def timed_call(carrier_code: str, call: str) -> Iterator[None]:
    """Record how long a call takes, by its outcome: `done`, `declined` or `failed`."""
    started, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "done"
    except CarrierDeclined:
        outcome = "declined"
        raise
    finally:
        CARRIER_CALL_SECONDS.labels(carrier_code, call, outcome).observe(time.perf_counter() - started)
