"""Resolves the answers of an order request: parses them, adds defaults and spreads them over the items."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from models.asks import QUESTIONS, Answer, Ask, Question, Scope, Source, When
from models.errors import FieldError, InvalidRequest, LineLimitExceeded, OrderRejected
from models.facts import Facts
from models.order import OrderRequest
from models.order_type import OrderType
from policies.defaults import DEFAULTS, required_features

Answers = dict[str, Any]

_INVALID = object()  # marks an invalid answer, so that it is not reported as missing too


def resolve_answers(request: OrderRequest, facts: Facts) -> tuple[Mapping[str, Any], ...]:
    """Return each item's answers by ask, in stored form: what was answered, else the default.

    An item's own answer overrides the order-wide one. Optional asks without an answer are left out. Raises
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


def resolve_partial(
    request: OrderRequest, facts: Facts
) -> tuple[tuple[Mapping[str, Any], ...], tuple[FieldError, ...]]:
    """Return each item's answers as far as they are valid, and every invalid or missing answer."""
    errors: list[FieldError] = []
    shared = _parsed(request.type, request.answers, "answers", errors)
    items = []
    for number, item in enumerate(request.items):
        own = _parsed(request.type, item, f"items.{number}", errors)
        answers = _completed(request.type, {**shared, **own}, facts, number, errors)
        items.append({ask: answer for ask, answer in answers.items() if answer is not _INVALID})
    return tuple(items), tuple(dict.fromkeys(errors))


def item_limit_error(request: OrderRequest, limit: int) -> FieldError | None:
    """Return the error of an order with too many items."""
    if len(request.items) <= limit:
        return None
    detail = (
        f"An order can have up to {limit} lines; yours has {len(request.items)}. "
        "Use a bulk CSV file to order more at once."
    )
    return FieldError(code="LINE_LIMIT_EXCEEDED", field="items", detail=detail)


def _parsed(order_type: OrderType, given: Mapping[str, Any], prefix: str, errors: list[FieldError]) -> Answers:
    answers: Answers = {}
    for name, value in given.items():
        misplaced = _misplaced(order_type, name, prefix)
        if misplaced:
            errors.append(misplaced)
        elif value not in (None, ""):
            answers[name] = _parse(Ask(name), value, f"{prefix}.{name}", errors)
    return answers


def _misplaced(order_type: OrderType, name: str, prefix: str) -> FieldError | None:
    """Return the error of an answer that does not belong here, whatever its value."""
    path = f"{prefix}.{name}"
    if name in order_type.asked(When.LATE):
        return FieldError(code="ANSWER_TOO_EARLY", field=path, detail="Leave this out. We'll ask for it later.")
    if name not in order_type.asked(When.SUBMIT):
        return FieldError(code="UNKNOWN_ANSWER", field=path, detail=_unknown(order_type, name))
    if prefix != "answers" and QUESTIONS[Ask(name)].scope is Scope.ORDER:
        detail = f"This applies to the whole order. Send it as answers.{name}."
        return FieldError(code="UNKNOWN_ANSWER", field=path, detail=detail)
    return None


def _unknown(order_type: OrderType, name: str) -> str:
    asks = [ask.value for ask in order_type.asked(When.SUBMIT)]
    close = get_close_matches(name, asks, n=1)
    advice = f"Did you mean {close[0]}?" if close else f"Use {', '.join(asks)}."
    return f"This order doesn't ask for {name}. {advice}"


def _parse(ask: Ask, value: Answer, path: str, errors: list[FieldError]) -> Answer:
    try:
        return QUESTIONS[ask].parse(value)
    except ValueError as error:
        code = "ACK_REQUIRED" if QUESTIONS[ask].consent else "ANSWER_INVALID"
        errors.append(FieldError(code=code, field=path, detail=str(error)))
        return _INVALID


def _completed(order_type: OrderType, given: Answers, facts: Facts, number: int, errors: list[FieldError]) -> Answers:
    answers = _with_line_id(given, facts)
    for ask in order_type.asked(When.SUBMIT):
        if ask not in answers:
            answers.update(_default(ask, answers, facts, number, errors))
    if Ask.FEATURES in order_type.asks and answers.get(Ask.FEATURES) is not _INVALID:
        features = dict.fromkeys([*answers.get(Ask.FEATURES, ()), *required_features(answers, facts)])
        answers.update({Ask.FEATURES.value: list(features)} if features else {})
    return answers


def _with_line_id(given: Answers, facts: Facts) -> Answers:
    """Replace the line's phone number by its id; a check reports a line that does not exist."""
    named = facts.lines.get(given.get(Ask.LINE, ""))
    return {**given, Ask.LINE.value: named.line.id} if named else dict(given)


def _default(
    ask: Ask, answers: Answers, facts: Facts, number: int, errors: list[FieldError]
) -> Iterator[tuple[str, Answer]]:
    question = QUESTIONS[ask]
    path = f"answers.{ask}" if question.scope is Scope.ORDER else f"items.{number}.{ask}"
    value = DEFAULTS[ask](facts, answers) if ask in DEFAULTS else None
    if value is not None:
        yield ask.value, _parse(ask, value, path, errors)
    elif question.default not in (Source.NONE, Source.CARRIER):
        errors.append(_missing(question, path))


def _missing(question: Question, path: str) -> FieldError:
    if question.consent:
        return FieldError(code="ACK_REQUIRED", field=path, detail=f"Accept this to continue: {question.help}")
    no_default = "" if question.typed else " There's no default for it."
    return FieldError(code="ANSWER_REQUIRED", field=path, detail=f"{question.label} is required.{no_default}")
