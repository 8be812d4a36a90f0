"""Resolves the answers of an order request: parses them, adds defaults and spreads them over the items."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

from models import questions, registry
from models.errors import FieldError, InvalidRequest, LineLimitExceeded, OrderRejected
from models.facts import Facts
from models.inventory import Line
from models.order import OrderRequest
from models.order_type import FrozenType
from models.question import Asked, AskedAt, Question, Scope, Source
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE
from policies import defaults
from policies.attestations import is_answered_by_requester
from policies.choices import skus
from policies.default_answer import DefaultAnswer

Answers = dict[str, Any]

_INVALID = object()  # marks an invalid answer, so that it is not reported as missing too


def resolve_answers(request: OrderRequest, facts: Facts) -> tuple[Mapping[str, Any], ...]:
    """Return each item's answers by question, in stored form: what was answered, else the default.

    An item's own answer overrides the order-wide one. Optional questions without an answer are left out. Raises
    LineLimitExceeded, or OrderRejected with every invalid, missing or unknown answer at once; their fields are
    `answers.ship_to` or `items.2.device`, items counted from 0.
    """
    if not request.items:
        raise InvalidRequest("Add at least one item.", field="items")
    over_limit = item_limit_error(request, facts.policy.max_items)
    if over_limit:
        raise LineLimitExceeded(over_limit.detail, field=over_limit.field)
    items, errors = resolve_partial(request, facts)
    if errors:
        raise OrderRejected("Some answers are missing or invalid.", errors=errors)
    return items


def check_defaults(order_type: FrozenType) -> None:
    """Raises UnknownWordError for a question whose default nothing computes."""
    for asked in order_type.questions:
        if asked.at is not AskedAt.LATE and asked.has_default:
            _default_of(asked)


def resolve_partial(
    request: OrderRequest, facts: Facts
) -> tuple[tuple[Mapping[str, Any], ...], tuple[FieldError, ...]]:
    """Return each item's answers as far as they are valid, and every invalid or missing answer."""
    errors: list[FieldError] = []
    shared = _parsed(request, request.answers, facts, "answers", errors)
    items: list[Answers] = []
    for number, item in enumerate(request.items):
        own = _parsed(request, item, facts, f"items.{number}", errors)
        answers = _completed(request.type, {**shared, **own}, facts, number, errors)
        items.append({code: answer for code, answer in answers.items() if answer is not _INVALID})
    return tuple(items), tuple(dict.fromkeys(errors))


def default_answers(facts: Facts, item: int) -> dict[str, Any]:
    """The valid default answers of an item, also to the questions that it answers."""
    defaults_ = {}
    for asked in facts.type.asked(AskedAt.SUBMIT):
        value = _computed(asked, facts, facts.answers[item]) if is_needed(asked, facts.answers[item]) else None
        with suppress(ValueError):
            defaults_.update({} if value is None else {asked.code: questions.find(asked.code).parse(value)})
    return defaults_


def answers_of_line(order_type: FrozenType, line: Line) -> dict[str, Any]:
    """The answers of an order of this type about the line that follow from the line alone."""
    known = (_default_of(asked) for asked in order_type.questions if asked.by is Source.LINE)
    return {one.code: one.of_line(line) for one in known if one.of_line is not None}


def replaced_by(facts: Facts, item: int) -> dict[str, Any]:
    """What the item's line has now, by the questions whose answers replace it."""
    named = facts.line(item)
    answered = (questions.find(code) for code in facts.answers[item])
    return {one.code: named.value_at(one.replaces) for one in answered if one.replaces} if named else {}


def item_limit_error(request: OrderRequest, limit: int) -> FieldError | None:
    """Return the error of an order with too many items."""
    if len(request.items) <= limit:
        return None
    detail = (
        f"An order can have up to {limit} lines; yours has {len(request.items)}. "
        "Use a bulk CSV file to order more at once."
    )
    return FieldError(code="LINE_LIMIT_EXCEEDED", field="items", detail=detail)


def _parsed(
    request: OrderRequest, given: Mapping[str, Any], facts: Facts, prefix: str, errors: list[FieldError]
) -> Answers:
    answers: Answers = {}
    for name, value in _with_default_parts(request, given, facts).items():
        misplaced = _misplaced(request.type, name, facts, prefix)
        if misplaced:
            errors.append(misplaced)
        elif value not in (None, ""):
            answers[name] = _parse(questions.find(name), value, f"{prefix}.{name}", errors)
    return answers


def _with_default_parts(request: OrderRequest, given: Mapping[str, Any], facts: Facts) -> Mapping[str, Any]:
    """Complete the answers that have only the replaceable part of their default."""
    completed, known = dict(given), _valid(request.type, given)
    for asked in request.type.asked(AskedAt.SUBMIT):
        part = _default_of(asked).replaceable if asked.has_default else ""
        answer = given.get(asked.code)
        if part and isinstance(answer, Mapping) and answer.keys() == {part}:
            completed[asked.code] = {**(_computed(asked, facts, known) or {}), **answer}
    return completed


def _valid(order_type: FrozenType, given: Mapping[str, Any]) -> Answers:
    """The answers that parse, in stored form: defaults are computed from no others."""
    answers: Answers = {}
    for code in given.keys() & set(order_type.codes):
        with suppress(ValueError):
            answers[code] = questions.find(code).parse(given[code])
    return answers


def _misplaced(order_type: FrozenType, name: str, facts: Facts, prefix: str) -> FieldError | None:
    """Return the error of an answer that does not belong here, whatever its value."""
    path = f"{prefix}.{name}"
    asked = {asked.code: asked for asked in order_type.questions}.get(name)
    if asked is None:
        return FieldError(code="UNKNOWN_ANSWER", field=path, detail=_unknown(order_type, name))
    if asked.at is AskedAt.NEVER:
        return FieldError(code="UNKNOWN_ANSWER", field=path, detail="Leave this out. We work it out ourselves.")
    if asked.at is AskedAt.LATE:
        return FieldError(code="ANSWER_TOO_EARLY", field=path, detail="Leave this out. We'll ask for it later.")
    if not is_answered_by_requester(asked, facts):
        detail = "Leave this out. Only the person this order is for can agree. We'll ask them once it's approved."
        return FieldError(code="ANSWER_NOT_YOURS", field=path, detail=detail)
    if prefix != "answers" and questions.find(name).scope is Scope.ORDER:
        detail = f"This applies to the whole order. Send it as answers.{name}."
        return FieldError(code="UNKNOWN_ANSWER", field=path, detail=detail)
    return None


def _unknown(order_type: FrozenType, name: str) -> str:
    codes = [asked.code for asked in order_type.asked(AskedAt.SUBMIT)]
    close = get_close_matches(name, codes, n=1)
    advice = f"Did you mean {close[0]}?" if close else f"Use {', '.join(codes)}."
    return f"This order doesn't ask for {name}. {advice}"


def _parse(question: Question[Any], value: Any, path: str, errors: list[FieldError]) -> Any:
    try:
        return question.parse(value)
    except ValueError as error:
        errors.append(FieldError(code=question.invalid_code, field=path, detail=str(error)))
        return _INVALID


def _completed(order_type: FrozenType, given: Answers, facts: Facts, number: int, errors: list[FieldError]) -> Answers:
    answers = _with_ids(given, facts)
    for asked in order_type.questions:
        missing = asked.at is not AskedAt.LATE and asked.code not in answers
        if missing and is_answered_by_requester(asked, facts):
            answers.update(_default(asked, answers, facts, number, errors))
    return {**answers, **dict(_with_required(order_type, answers, facts))}


def _with_ids(given: Answers, facts: Facts) -> Answers:
    """Replace a phone number or IMEI by the id of the line or device; a check reports one that does not exist."""
    line, device = facts.lines.get(given.get(LINE.code, "")), facts.devices.get(given.get(DEVICE_HELD.code, ""))
    line_id = {LINE.code: line.line.id} if line else {}
    return {**given, **line_id, **({DEVICE_HELD.code: device.device.id} if device else {})}


def _with_required(order_type: FrozenType, answers: Answers, facts: Facts) -> Iterator[tuple[str, list[str]]]:
    """The answers that also get the SKUs that the item's other products require."""
    asked = [questions.find(code) for code in order_type.codes if answers.get(code) is not _INVALID]
    products = (facts.products.get(sku) for one in asked if not one.with_required for sku in skus(one, answers))
    required = [sku for product in products if product for sku in product.attributes.get("requires", ())]
    for question in asked:
        if question.with_required and required:
            yield question.code, list(dict.fromkeys([*skus(question, answers), *required]))


def _default(
    asked: Asked, answers: Answers, facts: Facts, number: int, errors: list[FieldError]
) -> Iterator[tuple[str, Any]]:
    question = questions.find(asked.code)
    path = f"answers.{asked.code}" if question.scope is Scope.ORDER else f"items.{number}.{asked.code}"
    valid = {code: answer for code, answer in answers.items() if answer is not _INVALID}
    if not is_needed(asked, valid):
        return
    value = _computed(asked, facts, valid)
    if value is not None:
        yield asked.code, _parse(question, value, path, errors)
    elif asked.at is not AskedAt.NEVER and (asked.required or asked.has_default):
        errors.append(_missing(question, asked, path))


def _computed(asked: Asked, facts: Facts, answers: Mapping[str, Any]) -> Any:
    if asked.code in facts.accepted:
        return True
    if not asked.has_default:
        return None
    return _default_of(asked).compute(facts, answers)


def is_needed(asked: Asked, answers: Mapping[str, Any]) -> bool:
    """Whether an item with these answers needs an answer to a question that has a default."""
    return not asked.has_default or _default_of(asked).needed(answers)


def _default_of(asked: Asked) -> DefaultAnswer:
    return registry.find(defaults.__name__, DefaultAnswer, asked.code)


def _missing(question: Question[Any], asked: Asked, path: str) -> FieldError:
    if question.is_consent:
        detail = f"Accept this to continue: {question.help}"
        return FieldError(code=question.invalid_code, field=path, detail=detail)
    no_default = "" if asked.required else " There's no default for it."
    return FieldError(code="ANSWER_REQUIRED", field=path, detail=f"{question.label} is required.{no_default}")
