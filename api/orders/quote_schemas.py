"""Response bodies of a dry run: what an order would cost, and who would approve it."""

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import Field

from api.http.schemas import ResponseModel
from api.orders.schemas import CarrierQuoteView, HolderView, MonthlyBefore, PersonView, PriceView


class Charge(ResponseModel):
    """A product at the account's contract price; `monthly` and `one_time` before installments."""

    sku: str
    kind: str
    name: str
    one_time: Decimal
    monthly: Decimal


class AnswerView(ResponseModel):
    """An answer and where it came from: `you`, the source of the default, or an `earlier order` you accepted it for."""

    question: str
    label: str
    value: Any
    from_: str = Field(serialization_alias="from")


class ItemQuote(ResponseModel):
    number: int
    charges: list[Charge]
    one_time: Decimal
    monthly: Decimal
    monthly_before: MonthlyBefore
    carrier_quote: CarrierQuoteView | None
    answers: list[AnswerView]


class StageView(ResponseModel):
    """One stage of the approval plan. Only the first has a due date: the others start when it is done."""

    number: int
    label: str
    why: str
    approvers: list[PersonView]
    due_on: date | None


class OrderQuote(ResponseModel):
    """What an order would cost and who would approve it; nothing is written."""

    dry_run: bool = True
    type: str
    title: str
    beneficiary: HolderView
    account: str
    carrier: str | None
    items: list[ItemQuote]
    price: PriceView
    carrier_says: list[str] = Field(description="What the carrier says about the items, as sentences.")
    flags: list[str]
    approvals: list[StageView]
    decided_by: str | None = Field(description="The rule that approves the order when no approver is needed.")
    next: str
    summary: str = Field(examples=["Phone 16 128 GB for Ann Lee: $24.99 one-time + $61.50/month."])
