from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.retry_delay import requested_delay
from carriers.base import Carrier
from models.errors import CarrierDeclined, CarrierUnavailable
from models.order import Order

# The type of the failure of a request that the carrier has declined.
DECLINED = CarrierDeclined("").code


@contextmanager
def carrier_client(carriers: Mapping[str, Carrier], order: Order) -> Iterator[Carrier]:
    """The order's carrier. Its errors become application errors: what it declines is final, unavailability is retried.

    The details of a declined request are its code, its text and what can be corrected; those of unavailability are the
    number of tries.
    """
    carrier = carriers.get(order.carrier or "")
    if carrier is None:
        raise ApplicationError(f"No carrier {order.carrier!r} is configured.", type="UNKNOWN_CARRIER")
    try:
        yield carrier
    except CarrierDeclined as error:
        details = (error.facts.get("code", error.code), error.detail, error.needs)
        raise ApplicationError(error.detail, *details, type=error.code, non_retryable=True) from error
    except CarrierUnavailable as error:
        delay = requested_delay(error.retry_after_seconds)
        tries = activity.info().attempt
        raise ApplicationError(error.detail, tries, type=error.code, next_retry_delay=delay) from error


def outcome_unknown(carrier: Carrier, left: timedelta) -> ApplicationError:
    """What was sent can still arrive for `left`: the next tries look in the middle of the window, and at its end."""
    return ApplicationError(
        f"{carrier.name} did not answer. The order can still arrive there.",
        activity.info().attempt,
        type=CarrierUnavailable("").code,
        next_retry_delay=min(left, carrier.unknown_window / 2),
    )
