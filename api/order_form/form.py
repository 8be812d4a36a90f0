"""The form of an order as far as it is filled in, with what it would cost and who would decide."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.deps import Access, Services
from api.order_form import options, preview
from api.order_form.fields import Field, FormState, Option, Widget, answered_for, of_ask
from api.order_form.parsing import ENVELOPE, Document, value
from api.orders.evaluation import DraftEvaluation
from api.orders.quote import Confirmation, confirm, number_of
from models.asks import QUESTIONS, Ask, Scope, When
from models.db.session import Session
from models.errors import FieldError
from models.facts import Facts
from models.order_type import OrderType, Step
from notifications import formatting
from policies.choices import KINDS

CONSENT = "ACK_REQUIRED"
MISSING = "ANSWER_REQUIRED"


@dataclass(frozen=True, kw_only=True)
class Part:
    """The questions about one item: those put first, and those that somebody else usually answers."""

    number: int
    asked: tuple[Field, ...]
    answered: tuple[Field, ...]


@dataclass(frozen=True, kw_only=True)
class OrderForm:
    """A form before a person. `wrong` lists what stands against the order as pairs of a field's id and a sentence.

    `open` counts what is still to be answered or accepted; `confirmation` is None as long as the rules cannot judge.
    """

    kind: OrderType
    body: Document
    for_whom: Field | None
    parts: tuple[Part, ...]
    asked: tuple[Field, ...]
    answered: tuple[Field, ...]
    envelope: tuple[Field, ...]
    facts: Facts
    confirmation: Confirmation | None
    wrong: tuple[tuple[str | None, str], ...]
    open: int
    most_items: int

    @property
    def ready(self) -> bool:
        """Whether the order could be placed as it is."""
        return self.confirmation is not None and not self.wrong and not self.open

    def in_words(self) -> list[list[tuple[str, str, str]]]:
        """Every item's answers that are not priced, as label, words, and who answered where it was not the person."""
        names = _names(self.facts)
        items = self.confirmation.items if self.confirmation else []
        return [
            [
                (one.label, formatting.answer(Ask(one.ask), one.value, names), "" if one.from_ == "you" else one.from_)
                for one in item.answers
                if Ask(one.ask) not in KINDS and not QUESTIONS[Ask(one.ask)].consent
            ]
            for item in items
        ]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a person chooses from that is not in the catalog, and what carriers are called."""

    carriers: Mapping[str, str]
    lines: tuple[Option, ...] = ()
    people: tuple[Option, ...] = ()


async def fill(
    session: Session, services: Services, access: Access, kind: OrderType, body: Document, *, strict: bool = False
) -> OrderForm:
    """Lay out the form; `strict` also calls wrong what is only not answered yet. Raises InvalidRequest, NotFound."""
    prospect = await preview.of_form(session, services, access, body)
    found = Choices(
        carriers={code: carrier.name for code, carrier in services.carriers.items()},
        lines=await options.lines(session, access) if kind.about_lines else (),
        people=await options.people(session, access) if _for_somebody(kind) else (),
    )
    return _sheet(kind, body, prospect, found, strict=strict)


def _for_somebody(kind: OrderType) -> bool:
    """Whether a person is chosen: who gets something new, or takes a line over; else it is whoever holds the line."""
    return not kind.about_lines or kind.changes_hands


def _sheet(kind: OrderType, body: Document, prospect: DraftEvaluation, found: Choices, *, strict: bool) -> OrderForm:
    facts = prospect.facts
    open_, wrong = _sorted_out(prospect.errors, strict=strict)
    defaults = dict(_defaults(facts, body))
    asks = kind.asked(When.SUBMIT)
    filling = FormState(body=body, choices={Ask.LINE: found.lines}, errors=wrong, defaults=defaults)
    shared = [of_ask(ask, "answers", filling) for ask in asks if QUESTIONS[ask].scope is Scope.ORDER]
    parts = tuple(
        _part(
            asks,
            number,
            FormState(body=body, choices=_choices(body, facts, number, found), errors=wrong, defaults=defaults),
        )
        for number in range(len(facts.answers))
    )
    judged = prospect.judged if prospect.judged and prospect.judged.ruling.allowed else None
    for_whom = _beneficiary(kind, body, facts, found.people, wrong) if _for_somebody(kind) else None
    envelope = _envelope(kind, body, facts, wrong)
    fields = [*([for_whom] if for_whom else ()), *shared, *envelope]
    fields += [field for part in parts for field in (*part.asked, *part.answered)]
    return OrderForm(
        kind=kind,
        body=body,
        for_whom=for_whom,
        parts=parts,
        asked=tuple(one for one in shared if not _usual(one)),
        answered=tuple(one for one in shared if _usual(one)),
        envelope=envelope,
        facts=facts,
        confirmation=confirm(judged, preview.read(body)[0]) if judged else None,
        wrong=tuple(_listed(wrong, prospect.errors, {field.path: field.id for field in fields})),
        open=open_,
        most_items=facts.policy.max_items if kind.multi_line else 1,
    )


def _sorted_out(errors: Iterable[FieldError], *, strict: bool) -> tuple[int, dict[str, str]]:
    """Count what is only not answered yet, and return what is wrong by the field it is about."""
    waiting = [error for error in errors if error.code in {CONSENT, MISSING}]
    wrong = [error for error in errors if strict or error not in waiting]
    return len(waiting), {error.field or "": error.detail for error in reversed(wrong)}


def _listed(
    wrong: Mapping[str, str], errors: Iterable[FieldError], ids: Mapping[str, str]
) -> Iterable[tuple[str | None, str]]:
    """What is wrong, each sentence once, with the id of the field it is about where the page has one."""
    told = {error.detail: error.field for error in errors if wrong.get(error.field or "") == error.detail}
    return ((ids.get(field or ""), detail) for detail, field in told.items())


def _choices(body: Document, facts: Facts, item: int, found: Choices) -> Mapping[Ask, tuple[Option, ...]]:
    lines = _with(found.lines, value(body, f"items.{item}.{Ask.LINE}"), _names(facts))
    return {**options.from_catalog(facts, item, found.carriers), Ask.LINE: lines}


def _with(offered: tuple[Option, ...], said: Any, names: Mapping[str, str]) -> tuple[Option, ...]:
    """The choices with what was chosen, though it is none any more: a list must not choose another in its place."""
    if not offered or not isinstance(said, str) or said in {one.value for one in offered}:
        return offered
    return Option(value=said, words=names.get(said, said)), *offered


def _part(asks: Iterable[Ask], number: int, filling: FormState) -> Part:
    by_item = (ask for ask in asks if QUESTIONS[ask].scope is Scope.ITEM)
    # What depends on something that is not chosen yet has nothing to choose from, and is not asked yet.
    fields = [of_ask(ask, f"items.{number}", filling) for ask in by_item if ask not in KINDS or filling.choices[ask]]
    return Part(
        number=number,
        asked=tuple(one for one in fields if not _usual(one)),
        answered=tuple(one for one in fields if _usual(one)),
    )


def _usual(field: Field) -> bool:
    return answered_for(Ask(field.path.rsplit(".", 1)[-1]))


def _defaults(facts: Facts, body: Document) -> Iterable[tuple[str, str]]:
    """What is answered without being said, by path, in words."""
    names = _names(facts)
    for number, answers in enumerate(facts.answers):
        for name, answer in answers.items():
            ask = Ask(name)
            path = f"answers.{ask}" if QUESTIONS[ask].scope is Scope.ORDER else f"items.{number}.{ask}"
            if value(body, path) is None:
                yield path, formatting.answer(ask, answer, names)


def _names(facts: Facts) -> dict[str, str]:
    """What SKUs and lines are called."""
    names = {product.sku: product.name for product in facts.products.values()}
    return names | {line.id: formatting.telephone(number_of(facts, line)) for line in facts.lines.values() if line.mdn}


def _beneficiary(
    kind: OrderType, body: Document, facts: Facts, people: tuple[Option, ...], wrong: Mapping[str, str]
) -> Field:
    said, known = value(body, "beneficiary_id"), facts.beneficiary
    return Field(
        path="beneficiary_id",
        label="Who takes the line over" if kind.changes_hands else "For whom",
        help="" if people else "Their mail address.",
        widget=Widget.LIST if people else Widget.TEXT,
        value=(said or known.id) if people else known.email if said == known.id else said,
        options=_with(people, said, {known.id: known.name}),
        error=wrong.get("beneficiary_id"),
        required=bool(people),
        otherwise=known.name,
    )


def _envelope(kind: OrderType, body: Document, facts: Facts, wrong: Mapping[str, str]) -> tuple[Field, ...]:
    """What may be said about any order: why, from when, who pays."""
    centers = tuple(Option(value=code, words=code) for code in sorted(facts.cost_centers))
    told = {
        "reason": ("Whoever decides reads it.", Widget.TEXT, (), None),
        "effective_on": ("As soon as possible when left empty.", Widget.DATE, (), None),
        "cost_center_one_time": ("", Widget.LIST, centers, facts.cost_center_one_time),
        "cost_center_recurring": ("", Widget.LIST, centers, facts.cost_center_recurring),
        "po_number": ("", Widget.TEXT, (), None),
        "instructions": ("", Widget.TEXT, (), None),
    }
    if Step.SCHEDULE not in kind.steps:
        del told["effective_on"]
    return tuple(
        Field(
            path=path,
            label=ENVELOPE[path],
            help=help_,
            widget=widget,
            value=value(body, path),
            options=choices,
            error=wrong.get(path),
            otherwise=otherwise,
        )
        for path, (help_, widget, choices, otherwise) in told.items()
    )
