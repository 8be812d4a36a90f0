"""What a person reads before ordering: items with names and contract prices, the total, who approves and why."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field

from api.http.schemas import View
from api.orders.evaluation import Evaluation, carrier_of
from api.orders.request_schemas import OrderIn
from api.orders.schemas import PriceView
from models.asks import QUESTIONS, Ask, Source
from models.facts import Facts, LineFacts
from models.order import Quote, Ruling, Stage, StageMode
from policies import deadlines
from policies.access import mask, may_decide_for_account
from policies.choices import choices
from policies.pricing import price_items


class Charge(View):
    """One catalog entry at the account's contract price; `monthly` and `one_time` before installments."""

    sku: str
    kind: str
    name: str
    one_time: Decimal
    monthly: Decimal


class AnswerView(View):
    """One answer, and where it came from: `you`, or who answered for you."""

    ask: str
    label: str
    value: Any
    from_: str = Field(serialization_alias="from")


class ItemConfirmation(View):
    """One line's worth of the order."""

    number: int
    charges: list[Charge]
    one_time: Decimal
    monthly: Decimal
    answers: list[AnswerView]


class ApproverView(View):
    """A person who will be asked."""

    id: str
    name: str


class StageView(View):
    """One level of the approval plan."""

    number: int
    label: str
    why: str
    approvers: list[ApproverView]


class Confirmation(View):
    """An order as it would be placed; nothing has been written."""

    dry_run: bool = True
    type: str
    title: str
    beneficiary: str
    account: str
    carrier: str | None
    items: list[ItemConfirmation]
    price: PriceView
    flags: list[str]
    approvals: list[StageView]
    decided_by: str | None = Field(description="The rule that decides where nobody needs to approve.")
    next: str
    summary: str = Field(examples=["Phone 16 128 GB for Ann Lee: 24.99 USD once, 61.50 USD a month."])


def confirm(judged: Evaluation, body: OrderIn) -> Confirmation:
    """The readable form of a ruling."""
    known, ruling = judged.facts, judged.ruling
    items = list(_items(judged, body))
    return Confirmation(
        type=known.type.code,
        title=known.type.title,
        beneficiary=known.beneficiary.name,
        account=f"{known.account.name} ({known.account.number})",
        carrier=carrier_of(known),
        items=items,
        price=PriceView.model_validate(ruling.quote),
        flags=list(ruling.flags),
        approvals=[_stage(stage) for stage in ruling.plan],
        decided_by=ruling.decided_by,
        next=_next(known, ruling),
        summary=_summary(known, items, ruling.quote),
    )


def _items(judged: Evaluation, body: OrderIn) -> Iterator[ItemConfirmation]:
    known = judged.facts
    for index, price in enumerate(price_items(known)):
        given = {**body.answers, **body.items[index]}
        yield ItemConfirmation(
            number=index + 1,
            charges=_charges(known, index),
            one_time=price.one_time,
            monthly=price.monthly,
            answers=[_answer(ask, value, given) for ask, value in known.answers[index].items()],
        )


def _charges(known: Facts, index: int) -> list[Charge]:
    products = [choice.product for choice in choices(known) if choice.item == index]
    return [Charge.model_validate(product) for product in products if product is not None]


def _answer(ask: str, value: Any, given: Mapping[str, Any]) -> AnswerView:
    question = QUESTIONS[Ask(ask)]
    said = given.get(ask) not in (None, "")
    source = "you" if said else _SOURCES[question.default]
    return AnswerView(ask=ask, label=question.label, value=value, from_=source)


_SOURCES: Mapping[Source, str] = {
    Source.PERSON: "you",
    Source.EMPLOYEE: "employee record",
    Source.LINE: "line",
    Source.CATALOG: "catalog",
    Source.POLICY: "policy",
    Source.LAST_ORDER: "last order",
    Source.CARRIER: "carrier",
    Source.NONE: "catalog",
}


def _stage(stage: Stage) -> StageView:
    asked = [ApproverView(id=one.person_id, name=one.name) for one in stage.approvers]
    return StageView(number=stage.number, label=stage.label, why=stage.why, approvers=asked)


def _next(known: Facts, ruling: Ruling) -> str:
    if not ruling.plan:
        then = "goes to the carrier" if known.type.carrier_action else "is carried out"
        return f"Nobody needs to approve: the order {then} as soon as it is placed."
    first = ruling.plan[0]
    together = first.mode is StageMode.ALL
    names = (" and " if together else " or ").join(one.name for one in first.approvers)
    expiry = deadlines.for_stage(known.policy, known.now).expiry
    asked = "are asked by mail, and all must approve" if together else "is asked by mail to approve"
    return f"{names} {asked}, at the latest by {expiry:%A, %d %B %Y}."


def _summary(known: Facts, items: list[ItemConfirmation], quote: Quote) -> str:
    cost = f"{quote.one_time} {quote.currency} once, {quote.monthly} {quote.currency} a month."
    if known.type.about_lines:
        numbers = ", ".join(number_of(known, line) for line in known.named_lines)
        return f"{known.type.title} for {known.beneficiary.name}: {numbers}. {cost}"
    return f"{_things(items)} for {known.beneficiary.name}: {cost}"


def number_of(known: Facts, line: LineFacts) -> str:
    """The line's number, as far as who asks may see it."""
    own = line.holder is not None and line.holder.id == known.requester.id
    entitled = own or may_decide_for_account(known.requester, known)
    return (line.mdn if entitled else mask(line.mdn)) or line.id


def _things(items: list[ItemConfirmation]) -> str:
    devices = [charge.name for item in items for charge in item.charges if charge.kind in {"device", "plan"}]
    return ", ".join(dict.fromkeys(devices))
