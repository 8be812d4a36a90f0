"""Reads what a carrier says about a device that goes back, or about a parcel that is looked for."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from urllib.parse import urlsplit

from carriers.tmf622.documents import RETURN_CHARACTERISTICS, count_unreadable, read_datetime
from models.returns import DeviceCondition, ReturnDetails, ReturnState

_CONDITION = "condition"
_MOST = Decimal(100_000)
_TRACED: Mapping[str, ReturnState] = MappingProxyType({"found": ReturnState.FOUND, "lost": ReturnState.LOST})


def read_return(reported: Mapping[str, str], *, is_under_way: bool) -> tuple[ReturnState | None, ReturnDetails | None]:
    """`reported` are characteristics by the carrier's names; both are None if none is about a return.

    `is_under_way`: a parcel is named. Of a value that can't be read, nothing is known.
    """
    if RETURN_CHARACTERISTICS.isdisjoint(reported):
        return None, None
    read = ReturnDetails(
        label_url=_web_address(reported.get("labelUrl")),
        received_at=read_datetime(reported.get("receivedAt")),
        condition=_condition(reported.get(_CONDITION)),
        refund=_amount("refund", reported.get("refund")),
        chargeback=_amount("chargeback", reported.get("chargeback")),
    )
    return _state(reported, read, is_under_way=is_under_way), read


def _state(reported: Mapping[str, str], read: ReturnDetails, *, is_under_way: bool) -> ReturnState:
    traced = _TRACED.get(reported.get("traceResult", "").lower())
    if traced is not None:
        return traced
    if read.condition is not None:
        return ReturnState.INSPECTED
    if "receivedAt" in reported:
        return ReturnState.RECEIVED
    if is_under_way:
        return ReturnState.IN_TRANSIT
    return ReturnState.LABEL_SENT if read.label_url else ReturnState.REQUESTED


def _web_address(text: str | None) -> str | None:
    """Only what a browser opens as a page."""
    if text is None:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme in {"https", "http"} and parts.hostname and text.isascii() and not any(map(str.isspace, text)):
        return text
    count_unreadable("labelUrl")
    return None


def _condition(text: str | None) -> DeviceCondition | None:
    if text is None:
        return None
    try:
        return DeviceCondition(text.lower())
    except ValueError:
        count_unreadable("condition")
        return None


def _amount(name: str, text: str | None) -> Decimal | None:
    """An amount in dollars and cents."""
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if amount.is_finite() and 0 <= amount < _MOST:
        return amount.quantize(Decimal("0.01"))
    count_unreadable(name)
    return None
