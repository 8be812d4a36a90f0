"""The order form as far as it is filled in, with its quote."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from api.deps import Access, Services
from api.order_form import options, preview
from api.order_form.fields import Default, Field, FormState, Option, TextShown, Widget, field_of, form_value
from api.order_form.holder_fields import asks_for_whom, for_whom_fields
from api.order_form.parsing import ORDER_FIELDS, Document, value_at, without
from api.orders.evaluation import DraftEvaluation, form_url
from api.orders.quote import build_quote, line_number, sees_numbers_of
from api.orders.quote_schemas import OrderQuote
from models import formatting, questions
from models.db.attestations import consent_texts
from models.db.session import Session
from models.errors import FieldError
from models.facts import Facts
from models.identifiers import parse_mdn, stored_form
from models.order_type import NO_APPROVAL, OrderType, Texts
from models.question import Answerer, Asked, AskedAt, Question, Scope, Source, Tell
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE
from models.questions.reassignment import ASSIGN_TO
from models.step import Schedule
from policies.answers import default_answers
from policies.next_orders import alternative
from policies.start_date import timing_of

# Errors that only say that the form isn't filled in yet.
_INCOMPLETE = frozenset({"ACK_REQUIRED", "ANSWER_REQUIRED"})


@dataclass(frozen=True, kw_only=True)
class OrderForm:
    """The form, laid out: the fields of each item, and those of the order; `order_fields` are in every order type.

    `secrets` are the fields of secret answers. No draft keeps those, so they are asked when the order is submitted.

    `errors` are pairs of a field's ID and a sentence, `alternative` the title and address of the form of what can be
    ordered instead. `missing` counts the required fields that are empty; `quote` is
    None while the rules can't be applied. `consents` are sentences about what you accepted before, and whom else we ask
    for what.
    """

    order_type: OrderType
    body: Document
    for_whom: tuple[Field, ...]
    items: tuple[tuple[Field, ...], ...]
    fields: tuple[Field, ...]
    order_fields: tuple[Field, ...]
    secrets: tuple[Field, ...]
    consents: tuple[str, ...]
    facts: Facts
    quote: OrderQuote | None
    errors: tuple[tuple[str | None, str], ...]
    alternative: tuple[str, str] | None
    missing: int
    max_items: int

    @property
    def texts(self) -> Texts:
        return self.order_type.texts_for(self.facts.answers[0])

    @property
    def item_title(self) -> str:
        """What an item is, by the questions that name it: `Device and plan`."""
        by_person = (asked for asked in self.order_type.asked(AskedAt.SUBMIT) if asked.by is not Source.CHECK)
        asked = (questions.find(one.code) for one in by_person)
        labels = [question.label for question in asked if question.tell in {Tell.SUBJECT, Tell.HEADLINE}]
        names = [*labels[:1], *map(formatting.in_sentence, labels[1:])]
        return formatting.join_names(names) or self.texts.title

    @property
    def ready(self) -> bool:
        """Whether the order can be submitted as it is."""
        return self.quote is not None and not self.errors and not self.missing

    def answers(self, scope: Scope) -> list[list[tuple[str, str, bool]]]:
        """The answers of each item that are no charges: label, text, and whether it is a default."""
        names = _names(self.facts)
        derived = {asked.code for asked in self.order_type.asked(AskedAt.NEVER)}  # no one can answer them otherwise
        return [
            [
                (question.label, question.text(one.value, names), one.from_ != "you" and one.question not in derived)
                for one in item.answers
                if (question := questions.find(one.question)).scope is scope
                and (question.ends or not question.product)
                and not question.is_consent
            ]
            for item in (self.quote.items if self.quote else [])
        ]


@dataclass(frozen=True, kw_only=True)
class _Options:
    """Options that don't come from the catalog, the carriers' names, and the texts that consents are about."""

    carriers: Mapping[str, str]
    lines: tuple[Option, ...] = ()
    devices: tuple[Option, ...] = ()
    people: tuple[Option, ...] = ()
    sites: tuple[Option, ...] = ()
    texts: Mapping[str, TextShown]


async def fill(
    session: Session, services: Services, access: Access, order_type: OrderType, body: Document, *, strict: bool = False
) -> OrderForm:
    """Lay out the form. Raises InvalidRequest or NotFound.

    Errors are shown for what has been entered, and for what no field can change; with `strict` also for what is
    missing.
    """
    evaluation = await preview.evaluate_form(session, services, access, body)
    own = without(body, _given_for_others(order_type, evaluation))
    if own != body:
        evaluation = await preview.evaluate_form(session, services, access, own)
    texts = await _texts(session, access, own, evaluation.asked)
    given = {code: text.version for code, text in texts.items() if code in own["answers"]}
    body = own | {"text_versions": given} if given else own
    choices = _Options(
        carriers=services.carrier_names,
        texts=texts,
        lines=await options.lines(session, access, order_type) if order_type.about_lines else (),
        devices=await options.devices(session, access, order_type) if order_type.about_devices else (),
        people=await options.people(session, access, evaluation.facts) if asks_for_whom(order_type) else (),
        sites=await options.sites(session, access) if order_type.changes_hands else (),
    )
    form = _form(order_type, body, evaluation, choices, strict=strict)
    instead = alternative(order_type, services.order_types, evaluation.errors, evaluation.facts)
    return replace(form, alternative=(instead[0].texts.title, form_url(*instead))) if instead else form


def _given_for_others(order_type: OrderType, evaluation: DraftEvaluation) -> set[str]:
    """The questions that the user can't answer anymore, because the order has become one for someone else."""
    of_others = {asked.code for asked in order_type.asked(AskedAt.SUBMIT) if asked.who is not Answerer.REQUESTER}
    return of_others - {asked.code for asked in evaluation.asked}


async def _texts(session: Session, access: Access, body: Document, all_asked: Iterable[Asked]) -> dict[str, TextShown]:
    """The texts that consents are about, by question: the version that was read, else the newest."""
    read = body.get("text_versions", {})
    wanted = {asked.code: read.get(asked.code) for asked in all_asked if asked.code in questions.with_text()}
    rows = await consent_texts.shown(session, access.person.tenant, wanted)
    return {code: TextShown(question=code, title=row.title, version=row.version) for code, row in rows.items()}


def _form(
    order_type: OrderType, body: Document, evaluation: DraftEvaluation, choices: _Options, *, strict: bool
) -> OrderForm:
    facts, asked = evaluation.facts, evaluation.asked
    state = FormState(
        body=body,
        strict=strict,
        errors={error.field or "": error for error in reversed(evaluation.errors)},
        defaults=dict(_defaults(facts)),
        names=_names(facts),
        numbers=_numbers(facts),
        ids=_ids(facts),
    )
    timings = options.timings(facts)
    of_order = replace(state, options=timings)
    elsewhere = {ASSIGN_TO.code, *facts.accepted}
    fields = tuple(
        _of_order(field, timings, choices.texts)
        for field in _fields([one for one in asked if one.code not in elsewhere], Scope.ORDER, "answers", of_order)
    )
    items = tuple(
        _item(asked, number, replace(state, options=_item_options(body, facts, number, choices)))
        for number in range(len(facts.answers))
    )
    for_whom = for_whom_fields(order_type, facts, state, people=choices.people, sites=choices.sites)
    order_fields = _order_fields(order_type, facts, state)
    all_fields = tuple(chain(for_whom, *items, fields, order_fields))
    return OrderForm(
        order_type=order_type,
        body=body,
        for_whom=for_whom,
        items=items,
        fields=fields,
        order_fields=order_fields,
        secrets=tuple(_secrets(order_type, len(facts.answers))),
        consents=(*_accepted_before(evaluation), *_asked_later(evaluation)),
        facts=facts,
        quote=build_quote(evaluation.evaluation) if evaluation.evaluation else None,
        errors=tuple(_listed(evaluation.errors, all_fields, strict=strict)),
        alternative=None,
        missing=sum(field.required and field.value is None for field in all_fields),
        max_items=facts.policy.max_items if order_type.multi_line else 1,
    )


def _of_order(field: Field, timings: Mapping[str, Any], texts: Mapping[str, TextShown]) -> Field:
    """With the text that it is about. When the order takes effect is not folded: the start date belongs to it."""
    code = field.path.removeprefix("answers.")
    return replace(field, text=texts.get(code), prefilled=field.prefilled and code not in timings)


def _secrets(order_type: OrderType, number_of_items: int) -> Iterator[Field]:
    """Empty, whatever was answered before."""
    for asked in order_type.asked(AskedAt.SUBMIT):
        question = questions.find(asked.code)
        if question.is_secret and question.scope is Scope.ORDER:
            yield field_of(question, asked, "answers", FormState(body={}))
        elif question.is_secret:
            for number in range(number_of_items):
                field = field_of(question, asked, f"items.{number}", FormState(body={}))
                yield replace(field, label=f"{field.label} (line {number + 1})") if number_of_items > 1 else field


def _accepted_before(evaluation: DraftEvaluation) -> Iterator[str]:
    facts = evaluation.facts
    for code in sorted({asked.code for asked in evaluation.asked} & facts.accepted.keys()):
        on = formatting.date_time(facts.accepted[code].at, facts.policy.time_zone)
        yield f"You accepted {questions.find(code).agrees_to} on {on}, so we don't ask you again."


def _asked_later(evaluation: DraftEvaluation) -> Iterator[str]:
    other = evaluation.facts.beneficiary.representative
    for question in evaluation.asked_of_others if other else ():
        assert other is not None
        yield f"Once the order is approved, we'll ask {other.name} to accept {question.agrees_to}."


def _listed(
    errors: Iterable[FieldError], all_fields: Iterable[Field], *, strict: bool
) -> Iterator[tuple[str | None, str]]:
    """Each sentence to show once, with the ID of its field; None if it is about nothing that the form can change."""
    fields, shown = {field.path: field for field in all_fields}, set[str]()
    for error in errors:
        field = fields.get(error.field or "")
        is_shown = field.error == error.detail if field else strict or error.code not in _INCOMPLETE
        if is_shown and error.detail not in shown:
            shown.add(error.detail)
            yield field.id if field else None, error.detail


def _item_options(body: Document, facts: Facts, number: int, choices: _Options) -> Mapping[str, tuple[Option, ...]]:
    ids, things = _ids(facts), {}
    for question, offered in ((LINE, choices.lines), (DEVICE_HELD, choices.devices)):
        chosen = value_at(body, f"items.{number}.{question.code}")
        things[question.code] = _with_chosen(offered, _id_of(question, chosen, ids), _names(facts))
    return {**options.products(facts, number, choices.carriers), **things}


def _with_chosen(offered: tuple[Option, ...], chosen: Any, names: Mapping[str, str]) -> tuple[Option, ...]:
    """Adds a chosen value that is no longer offered, so that the list doesn't show another one as chosen."""
    if not offered or not isinstance(chosen, str) or chosen in {option.value for option in offered}:
        return offered
    return Option(value=chosen, label=names.get(chosen, chosen)), *offered


def _item(all_asked: Iterable[Asked], number: int, state: FormState) -> tuple[Field, ...]:
    # A product question without options depends on a product that isn't chosen yet, so it isn't shown.
    shown = [asked for asked in all_asked if not questions.find(asked.code).product or state.options[asked.code]]
    return tuple(_fields(shown, Scope.ITEM, f"items.{number}", state))


def _fields(all_asked: Iterable[Asked], scope: Scope, place: str, state: FormState) -> Iterator[Field]:
    for asked in all_asked:
        question = questions.find(asked.code)
        if question.scope is scope and not _is_needless(question, asked, f"{place}.{asked.code}", state):
            field = field_of(question, asked, place, state)
            is_typed = question.tell is Tell.SUBJECT and field.widget is Widget.TEXT
            if is_typed and field.value is not None:
                field = _typed(field, state)
            elif question.tell is Tell.SUBJECT:
                field = replace(field, value=_id_of(question, field.value, state.ids))
            yield field


def _typed(field: Field, state: FormState) -> Field:
    """What is typed is shown by its number, also when a link or a draft names it by its ID, or by a number it had."""
    typed = stored_form(parse_mdn, field.value)
    number = state.numbers.get(typed, field.value)
    is_former = typed.startswith("+") and number != field.value
    help_ = f"{formatting.phone_number(typed)} is now {number}." if is_former else field.help
    return replace(field, value=number, help=help_)


def _is_needless(question: Question[Any], asked: Asked, path: str, state: FormState) -> bool:
    """Whether this order doesn't need it: it is a consent or asked by a check, no check errs, and it isn't given."""
    if_needed = asked.by is Source.CHECK or (question.is_consent and not asked.required)
    return if_needed and path not in state.errors and value_at(state.body, path) is None


def _defaults(facts: Facts) -> Iterator[tuple[str, Default]]:
    """The default of each field that has one, also if it is filled in, by path."""
    names = _names(facts)
    for number in range(len(facts.answers)):
        for name, answer in default_answers(facts, number).items():
            question = questions.find(name)
            path = f"answers.{name}" if question.scope is Scope.ORDER else f"items.{number}.{name}"
            yield path, Default(value=form_value(answer), text=question.text(answer, names))


def _names(facts: Facts) -> dict[str, str]:
    """The names of products by SKU and of devices by ID, and the phone numbers of lines by ID."""
    names = {product.sku: product.name for product in facts.products.values()}
    return names | {one.device.id: one.name for one in facts.devices.values()} | _phone_numbers(facts)


def _phone_numbers(facts: Facts) -> dict[str, str]:
    return {one.line.id: line_number(facts, one) for one in facts.lines.values() if one.line.mdn}


def _numbers(facts: Facts) -> dict[str, str]:
    """The numbers of lines and devices by ID, and those of lines by the numbers that they had.

    Someone who may not see an IMEI keeps the ID.
    """
    former = {
        name: line_number(facts, one)
        for name, one in facts.lines.items()
        if name in {former.number for former in one.line.former_numbers} and name != one.line.mdn
    }
    imeis = {one.device.id: one.device.imei for one in facts.devices.values() if sees_numbers_of(one, facts.requester)}
    return _phone_numbers(facts) | former | {device_id: imei for device_id, imei in imeis.items() if imei}


def _ids(facts: Facts) -> dict[str, str]:
    """The IDs of lines and devices by what a request names: a number, or the ID itself."""
    lines = {name: one.line.id for name, one in facts.lines.items()}
    return lines | {name: one.device.id for name, one in facts.devices.items()}


def _id_of(question: Question[Any], typed: Any, ids: Mapping[str, str]) -> Any:
    """The ID of the line or device that was typed, however its number is spelled; else what was typed."""
    with suppress(ValueError):
        return ids.get(question.parse(typed), typed)
    return typed


def _order_fields(order_type: OrderType, facts: Facts, state: FormState) -> tuple[Field, ...]:
    blank = "unless you choose the start date above" if timing_of(order_type) else "to start as soon as possible"
    start_date = _order_field("effective_on", state, f"Leave blank {blank}.", widget=Widget.DATE)
    return (
        _order_field("reason", state, "" if order_type.approval == NO_APPROVAL else "Your approver sees this."),
        *((start_date,) if order_type.has(Schedule) else ()),
        _cost_center("cost_center_one_time", state, facts, facts.cost_center_one_time),
        _cost_center("cost_center_recurring", state, facts, facts.cost_center_recurring),
        _order_field("po_number", state, prefilled=True),
        _order_field("instructions", state, prefilled=True),
    )


def _cost_center(path: str, state: FormState, facts: Facts, default: str | None) -> Field:
    return _order_field(
        path,
        state,
        widget=Widget.SELECT,
        options=tuple(Option(value=code, label=code) for code in sorted(facts.cost_centers)),
        prefilled=True,
        default=Default(value=default, text=default) if default else None,
    )


def _order_field(path: str, state: FormState, help_: str = "", *, widget: Widget = Widget.TEXT, **more: Any) -> Field:
    return Field(
        path=path,
        label=ORDER_FIELDS[path],
        help=help_,
        widget=widget,
        value=value_at(state.body, path),
        error=state.error(path),
        **more,
    )
