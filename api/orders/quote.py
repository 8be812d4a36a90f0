"""The quote of an order: items with names and contract prices, the total, who approves and why."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from api.deps import Access, Services
from api.order_types.schema import DEFAULT_SOURCES
from api.orders import ask_carrier
from api.orders.evaluation import evaluate
from api.orders.quote_schemas import AnswerView, Charge, ItemQuote, OrderQuote, StageView
from api.orders.schemas import HolderView, OrderIn, PersonView, PriceView, view_of
from models import formatting, questions
from models.approval_plan import Stage, StageMode
from models.carrier_quote import sentences_of
from models.db.locks import locks
from models.facts import Facts, NamedDevice, NamedLine, NamedThing, Person
from models.holder import NOBODY
from models.order import Item, Quote
from models.order_type import Texts
from models.question import Asked
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE
from outbox.new_orders import Evaluation, carrier_of
from policies import deadlines
from policies.choices import choices, headline_products
from policies.line_access import acts_for_account_of
from policies.pricing import price_items


async def quote(services: Services, access: Access, body: OrderIn) -> OrderQuote:
    """Price and explain an order without placing anything. Raises OrderRejected, LineHasOpenOrder or DeviceReserved."""
    await ask_carrier.ask(services, access.person, body)
    async with services.database.read() as session:
        evaluation = await evaluate(session, services, access.person, body)
        known = evaluation.facts
        await locks.check_claims(session, evaluation.request.tenant, _items_to_be(known), known.type.touches)
    return build_quote(evaluation)


def _items_to_be(known: Facts) -> list[Item]:
    """What each item would be about."""
    return [
        Item(id="", number=number, line_id=LINE.of(answers), device_id=DEVICE_HELD.of(answers))
        for number, answers in enumerate(known.answers, start=1)
    ]


def build_quote(evaluation: Evaluation) -> OrderQuote:
    known, ruling = evaluation.facts, evaluation.ruling
    due_at = deadlines.stage_deadlines(known.policy, known.now).expiry
    due_on = due_at.astimezone(ZoneInfo(known.policy.time_zone)).date()
    stages = [_stage(stage, due_on if index == 0 else None) for index, stage in enumerate(ruling.plan)]
    price = _price(ruling.quote)
    return OrderQuote(
        type=known.type.code,
        title=_texts(evaluation).title,
        beneficiary=HolderView.model_validate(known.beneficiary.named),
        account=f"{known.account.name} ({known.account.number})",
        carrier=carrier_of(known),
        items=list(_items(evaluation)),
        price=PriceView.model_validate(ruling.quote),
        carrier_says=list(sentences_of(ruling.carrier_quotes, known.policy.currency)),
        flags=list(ruling.flags),
        approvals=stages,
        decided_by=ruling.decided_by,
        next=_approval_needed(ruling.plan[0], due_on) if ruling.plan else _no_approval_needed(known),
        summary=f"{_subject(evaluation)}: {price or 'no charge'}.",
    )


def _texts(evaluation: Evaluation) -> Texts:
    return evaluation.request.type.texts_for(evaluation.facts.answers[0])


def _price(price: Quote) -> str:
    return formatting.price(price.one_time, price.monthly, price.monthly_before, price.currency)


def _items(evaluation: Evaluation) -> Iterator[ItemQuote]:
    known, request, quotes = evaluation.facts, evaluation.request, evaluation.ruling.carrier_quotes
    for index, price in enumerate(price_items(known)):
        given = {**request.answers, **request.items[index]}
        answers = questions.mask_secret_answers(known.answers[index])
        yield ItemQuote(
            number=index + 1,
            charges=_charges(known, index),
            one_time=price.one_time,
            monthly=price.monthly,
            monthly_before=price.monthly_before,
            carrier_quote=view_of(quotes[index], known.policy.currency) if quotes else None,
            answers=[
                _answer(asked, answers[asked.code], given) for asked in known.type.questions if asked.code in answers
            ],
        )


def _charges(known: Facts, index: int) -> list[Charge]:
    products = [choice.product for choice in choices(known) if choice.item == index and not choice.question.ends]
    return [Charge.model_validate(product) for product in products if product is not None]


def _answer(asked: Asked, value: Any, given: Mapping[str, Any]) -> AnswerView:
    question = questions.find(asked.code)
    # A feature that a product requires has no other source than the catalog.
    default = "earlier order" if question.is_consent else DEFAULT_SOURCES.get(asked.by, "catalog")
    source = default if given.get(asked.code) in (None, "") else "you"
    return AnswerView(question=asked.code, label=question.label, value=value, from_=source)


def _stage(stage: Stage, due_on: date | None) -> StageView:
    approvers = [PersonView(id=one.person_id, name=one.name) for one in stage.approvers]
    return StageView(number=stage.number, label=stage.label, why=stage.why, approvers=approvers, due_on=due_on)


def _approval_needed(stage: Stage, due_on: date) -> str:
    all_approve = stage.mode is StageMode.ALL and len(stage.approvers) > 1
    names = formatting.join_names((one.name for one in stage.approvers), "standard" if all_approve else "or")
    return f"{names} {'need' if all_approve else 'needs'} to approve by {formatting.day(due_on)}."


def _no_approval_needed(known: Facts) -> str:
    then = "send it to the carrier" if known.type.with_carrier else "make the change"
    starts_later = known.effective_on and known.effective_on > deadlines.local_day(known.policy, known.now)
    when = f"on {formatting.day(known.effective_on)}" if known.effective_on and starts_later else "right away"
    return f"No approval needed. We'll {then} {when}."


def _subject(evaluation: Evaluation) -> str:
    known = evaluation.facts
    if known.type.about_inventory:
        numbers = ", ".join(named_thing(known, named) for named in known.named_things)
        whose = f" for {known.beneficiary.name}" if known.beneficiary.holder != NOBODY else ""
        return f"{_texts(evaluation).title}{whose}, {numbers}"
    products = [product.name for item in range(len(known.answers)) for product in headline_products(known, item)]
    what = ", ".join(dict.fromkeys(products)) or _texts(evaluation).title
    return f"{what} for {known.beneficiary.name}"


def named_thing(known: Facts, named: NamedThing) -> str:
    """What people call a line or a device."""
    assert isinstance(named, NamedLine | NamedDevice)
    return named.name if isinstance(named, NamedDevice) else line_number(known, named)


def line_number(known: Facts, named: NamedLine) -> str:
    """The line's phone number, masked unless the requester can see it; its ID if it has no number yet."""
    mdn = named.line.mdn
    number = mdn if sees_numbers_of(named, known.requester) else formatting.mask(mdn)
    return formatting.phone_number(number) if number else named.line.id


def sees_numbers_of(named: NamedThing, person: Person) -> bool:
    """Whether the person sees the whole numbers of the line or device: it is their own, or they act for its account."""
    return named.assigned_to.representative == person or acts_for_account_of(named, person)
