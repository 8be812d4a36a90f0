"""What orders compete for when they are submitted: an answer that only one can have, and a person's line allowance."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import ARRAY, TEXT, func
from sqlmodel import select

from models import questions
from models.db.session import Session
from models.db.statement import Statement, param
from models.holder import Holder
from models.order import OrderRequest
from models.order_type import LINE_ALLOWANCE
from models.question import Question

T = TypeVar("T")
_key = func.unnest(param("keys", ARRAY(TEXT))).column_valued("key")
_LOCK = Statement[None](select(func.pg_advisory_xact_lock(func.hashtextextended(_key, 0))))


def given(question: Question[T], request: OrderRequest) -> Iterator[T]:
    """A request's answers to the question in stored form; what is invalid is reported when the answers are resolved."""
    for answers in (request.answers, *request.items):
        with suppress(ValueError):
            yield question.parse(question.of(answers))


async def lock(session: Session, request: OrderRequest) -> None:
    """Wait until no other transaction submits an order that competes with this one; the next one waits for this.

    They are admitted as they arrive. As all transactions lock the sorted keys, none deadlocks.
    """
    keys = sorted([*_answered(request), *_allowance(request)])
    if keys:
        await session.all(_LOCK, keys=keys)


def _answered(request: OrderRequest) -> Iterator[str]:
    for question in map(questions.find, request.type.codes):
        if question.exclusive:
            yield from {f"{request.tenant}/{question.code}/{answer}" for answer in given(question, request)}


def _allowance(request: OrderRequest) -> Iterator[str]:
    """The person whose lines the order counts against."""
    beneficiary = request.beneficiary or Holder.of(person_id=request.requester_id)
    if LINE_ALLOWANCE in request.type.checks and beneficiary.person_id:
        yield f"{request.tenant}/{LINE_ALLOWANCE}/{beneficiary.person_id}"
