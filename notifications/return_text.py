"""The return of a device as text, for pages and emails."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from models import formatting
from models.db.returns.tables import ReturnCaseRow
from models.questions.returns import CONDITION
from models.returns import DeviceCondition, ReturnState
from notifications.foreign_text import our_own


@dataclass(frozen=True, kw_only=True)
class ReturnText:
    """`label` is the address of the label; `outcome` says what came of the return, once it is over."""

    label: Markup | None
    outcome: str


def return_text(row: ReturnCaseRow, currency: str) -> ReturnText:
    label = our_own(row.label_url) if row.label_url else None
    return ReturnText(label=label, outcome=" ".join(_sentences(row, currency)))


def _sentences(row: ReturnCaseRow, currency: str) -> Iterator[str]:
    """Where the device is, and what is paid back or charged."""
    if row.state == ReturnState.FOUND:
        yield "The parcel was found, so the order that it belongs to continues."
    elif row.state == ReturnState.LOST:
        yield "The parcel is lost. You can order the device again."
    elif row.condition == DeviceCondition.LOCKED:
        yield "It came back locked: an Apple or Google account is still on it."
    elif row.condition:
        yield f"It came back: {CONDITION.word(row.condition).lower()}."
    where = f"cost center {row.cost_center}" if row.cost_center else "the account"
    if row.refund:
        yield f"{formatting.money(row.refund, currency)} is refunded to {where}."
    if row.chargeback:
        yield f"{formatting.money(row.chargeback, currency)} is charged to {where}."
