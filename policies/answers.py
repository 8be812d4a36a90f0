"""Answers, settled: parsed, completed by defaults and spread over the items they hold for."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from models.asks import QUESTIONS, Answer, Ask, Question, Scope, Source, When
from models.errors import FieldError, InvalidRequest, LineLimitExceeded, OrderRefused
from models.facts import Facts
from models.order import Request
from models.order_type import OrderType
from policies.defaults import DEFAULTS, required_features

Answers = dict[str, Any]

_WRONG = object()  # holds the place of a wrong answer, so that it is not called missing too


def resolve_answers(request: Request, facts: Facts) -> tuple[Mapping[str, Any], ...]:
    """Return each item's answers by ask, in stored form: what was said, else the default.

    An item's own answer wins over the order-wide one. Asks that may stay open are left out when nobody
    answered. Raises LineLimitExceeded, or OrderRefused with every wrong, missing or unknown answer at once;
    fields read `answers.ship_to` or `items.2.device`, items counted from 0.
    """
    _check_size(request, facts.policy.max_items)
    items, errors = resolve_partial(request, facts)
    if errors:
        raise OrderRefused("Some answers are missing or wrong.", errors=errors)
    return items


def resolve_partial(request: Request, facts: Facts) -> tuple[tuple[Mapping[str, Any], ...], tuple[FieldError, ...]]:
    """Return each item's answers as far as they can be settled, and all that is wrong with them or missing."""
    errors: list[FieldError] = []
    shared = _parsed(request.type, request.answers, "answers", errors)
    items = []
    for number, item in enumerate(request.items):
        own = _parsed(request.type, item, f"items.{number}", errors)
        settled = _completed(request.type, {**shared, **own}, facts, number, errors)
        items.append({ask: answer for ask, answer in settled.items() if answer is not _WRONG})
    return tuple(items), tuple(dict.fromkeys(errors))


def _check_size(request: Request, limit: int) -> None:
    if not request.items:
        raise InvalidRequest("An order has at least one item.", field="items")
    refusal = too_many(request, limit)
    if refusal:
        raise LineLimitExceeded(refusal.detail, field=refusal.field)


def too_many(request: Request, limit: int) -> FieldError | None:
    """Return what is wrong with the number of items, if anything is."""
    if len(request.items) <= limit:
        return None
    detail = (
        f"One order holds up to {limit} lines and this one has {len(request.items)}. "
        "Order more of them at once with a bulk CSV file."
    )
    return FieldError(code="LINE_LIMIT_EXCEEDED", field="items", detail=detail)


def _parsed(kind: OrderType, given: Mapping[str, Any], place: str, errors: list[FieldError]) -> Answers:
    answers: Answers = {}
    for name, value in given.items():
        refusal = _misplaced(kind, name, place)
        if refusal:
            errors.append(refusal)
        elif value not in (None, ""):
            answers[name] = _parse(Ask(name), value, f"{place}.{name}", errors)
    return answers


def _misplaced(kind: OrderType, name: str, place: str) -> FieldError | None:
    """Return what is wrong with answering this question here, whatever the answer."""
    path = f"{place}.{name}"
    if name in kind.asked(When.LATE):
        return FieldError(code="ANSWER_TOO_EARLY", field=path, detail="This is asked when it is needed, not yet.")
    if name not in kind.asked(When.SUBMIT):
        return FieldError(code="UNKNOWN_ANSWER", field=path, detail=_unknown(kind, name))
    if place != "answers" and QUESTIONS[Ask(name)].scope is Scope.ORDER:
        detail = f"This holds for the whole order: give it as answers.{name}."
        return FieldError(code="UNKNOWN_ANSWER", field=path, detail=detail)
    return None


def _unknown(kind: OrderType, name: str) -> str:
    asks = [ask.value for ask in kind.asked(When.SUBMIT)]
    close = get_close_matches(name, asks, n=1)
    advice = f"Did you mean {close[0]}?" if close else f"It asks for {', '.join(asks)}."
    return f"This order does not ask for {name}. {advice}"


def _parse(ask: Ask, value: Answer, path: str, errors: list[FieldError]) -> Answer:
    try:
        return QUESTIONS[ask].parse(value)
    except ValueError as error:
        code = "ACK_REQUIRED" if QUESTIONS[ask].consent else "ANSWER_INVALID"
        errors.append(FieldError(code=code, field=path, detail=str(error)))
        return _WRONG


def _completed(kind: OrderType, given: Answers, facts: Facts, number: int, errors: list[FieldError]) -> Answers:
    answers = _found(given, facts)
    for ask in kind.asked(When.SUBMIT):
        if ask not in answers:
            answers.update(_defaulted(ask, answers, facts, number, errors))
    if Ask.FEATURES in kind.asks and answers.get(Ask.FEATURES) is not _WRONG:
        features = dict.fromkeys([*answers.get(Ask.FEATURES, ()), *required_features(answers, facts)])
        answers.update({Ask.FEATURES.value: list(features)} if features else {})
    return answers


def _found(given: Answers, facts: Facts) -> Answers:
    """The answers with the line by its id, however it was named; one that is not there is refused by its check."""
    line = facts.lines.get(given.get(Ask.LINE, ""))
    return {**given, Ask.LINE.value: line.id} if line else dict(given)


def _defaulted(
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
        return FieldError(code="ACK_REQUIRED", field=path, detail=f"Please accept: {question.help}")
    known = "" if question.typed else " There is no default for it here."
    return FieldError(code="ANSWER_REQUIRED", field=path, detail=f"{question.label} is missing.{known}")
