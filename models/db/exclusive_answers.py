"""Answers that only one open order can have, such as the number of a SIM card."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import func, literal
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import select

from models import questions
from models.db.session import Session
from models.order import OrderRequest
from models.question import Question

T = TypeVar("T")


def given(question: Question[T], request: OrderRequest) -> Iterator[T]:
    """A request's answers to the question in stored form; what is invalid is reported when the answers are resolved."""
    for answers in (request.answers, *request.items):
        with suppress(ValueError):
            yield question.parse(question.of(answers))


async def lock(session: Session, request: OrderRequest) -> None:
    """Wait until no other transaction submits an order with one of these answers; the next one waits for this.

    The keys are sorted: as all transactions lock in the same sequence, none deadlocks.
    """
    keys = sorted(
        f"{request.tenant}/{question.code}/{answer}"
        for question in map(questions.find, request.type.codes)
        if question.exclusive
        for answer in set(given(question, request))
    )
    if keys:
        key = func.unnest(literal(keys, ARRAY(TEXT))).column_valued("key")
        await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
