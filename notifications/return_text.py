"""The return of a device as text, for pages and emails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from models import formatting
from models.db.returns.tables import ReturnCaseRow
from models.questions.returns import CONDITION, RETURN_WAY
from models.returns import DeviceCondition, ReturnCause, ReturnState, ReturnWay
from notifications.foreign_text import our_own


@dataclass(frozen=True, kw_only=True)
class ReturnText:
    """`label` is the address of the label; `outcome` says what came of the return, once it is over.

    `is_picked_up`: the carrier picks the device up.
    """

    label: Markup | None
    outcome: str
    is_picked_up: bool


def return_text(row: ReturnCaseRow, currency: str, answers: Mapping[str, Any]) -> ReturnText:
    """`answers` are those of the order."""
    return ReturnText(
        label=our_own(row.label_url) if row.label_url else None,
        outcome=" ".join(_sentences(row, currency)),
        is_picked_up=RETURN_WAY.of(answers) == ReturnWay.PICKUP,
    )


def _sentences(row: ReturnCaseRow, currency: str) -> Iterator[str]:
    """Where the device is, and what is paid back or charged."""
    if row.state == ReturnState.FOUND:
        yield "The parcel was found, so the order that it belongs to continues."
    elif row.state == ReturnState.LOST and row.cause == ReturnCause.NOT_RECEIVED:
        yield "The parcel is lost. You can order the device again."
    elif row.state == ReturnState.LOST:
        yield "It counts as lost, so it doesn't come back."
    elif row.condition == DeviceCondition.LOCKED:
        yield "It came back locked: an Apple or Google account is still on it."
    elif row.condition:
        yield f"It came back: {CONDITION.word(row.condition).lower()}."
    where = f"cost center {row.cost_center}" if row.cost_center else "the account"
    if row.refund:
        yield f"{formatting.money(row.refund, currency)} is refunded to {where}."
    if row.chargeback:
        yield f"{formatting.money(row.chargeback, currency)} is charged to {where}."
    if row.late_charge:
        amount = formatting.money(row.late_charge, currency)
        yield f"{amount} is charged to {where}, because it didn't come back in time."
