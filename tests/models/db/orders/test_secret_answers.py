"""Secret answers: sealed, opened in the place of their references, deleted when their order has ended."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from models import questions
from models.db import order_events
from models.db.encryption import Keyring
from models.db.orders import order_rows, secret_answers
from models.db.orders.tables import OrderRow, SecretAnswerRow
from models.db.session import new_id
from models.events.ending import COMPLETED
from models.lifecycle import Status
from models.order import SYSTEM, OrderEvent, OrderRef
from models.question import Asked
from tests.fixtures.office import MONDAY, SampleOrder
from tests.fixtures.throw_away import AddModule

QUESTIONS = """
from models.answer_type import text
from models.question import Question, Scope, Secrecy

PIN = Question(
    code="pin", label="PIN", help="", type=text("[0-9]{4}", "Four digits."), example="0000", secrecy=Secrecy.SECRET
)
PASSCODE = Question(
    code="passcode", label="Passcode", help="", type=text(".+", "Any."), example="?", scope=Scope.ORDER,
    secrecy=Secrecy.SECRET,
)
"""
OLD, NEW = ({name: b64encode(letter * 32).decode()} for name, letter in (("2025", b"a"), ("2026", b"b")))
KEYRING = Keyring(OLD)
ANSWERS = {"plan": "P1", "pin": "4829"}


@pytest.fixture(autouse=True)
def _secret_questions(add_module: AddModule) -> None:
    add_module("models.questions", QUESTIONS)


async def keep(office: SampleOrder, answers: dict[str, Any], reference: str = "action-1") -> dict[str, Any]:
    async with office.database.transaction() as session:
        return await secret_answers.keep(session, KEYRING, office.order.ref, answers, reference)


async def opened(
    office: SampleOrder, answers: dict[str, Any], *, keyring: Keyring = KEYRING, ref: OrderRef | None = None
) -> dict[str, Any]:
    async with office.database.transaction() as session:
        (found,) = await secret_answers.opened(session, keyring, ref or office.order.ref, [answers])
    return found


async def stored(office: SampleOrder) -> list[SecretAnswerRow]:
    async with office.database.transaction() as session:
        return await session.all(select(SecretAnswerRow))


async def end(office: SampleOrder, status: Status) -> None:
    event = OrderEvent(seq=5, at=MONDAY, event=COMPLETED.code, status=status, actor=SYSTEM)
    with_secrets = replace(office.order, type=replace(office.order.type, questions=(Asked("pin"), Asked("passcode"))))
    async with office.database.transaction() as session:
        await order_events.apply_event(session, with_secrets, event)


async def test_the_answers_have_a_reference_and_the_row_has_no_clear_text(office: SampleOrder) -> None:
    assert await keep(office, ANSWERS) == {"plan": "P1", "pin": "action-1"}
    (row,) = await stored(office)
    assert b"4829" not in row.sealed
    assert secret_answers.open_answer(KEYRING, row) == "4829"


async def test_only_the_answers_of_the_order_are_opened(office: SampleOrder) -> None:
    kept = await keep(office, ANSWERS)
    assert await opened(office, kept) == ANSWERS
    assert await opened(office, kept, ref=replace(office.order.ref, id="another")) == {"plan": "P1"}
    assert await opened(office, {"pin": "4829"}) == {}, "a secret that was never sealed"


async def test_a_secret_that_is_given_again_has_its_own_reference(office: SampleOrder) -> None:
    first = await keep(office, {"pin": "1111"}, "first")
    second = await keep(office, {"pin": "2222"}, "second")
    assert [await opened(office, first), await opened(office, second)] == [{"pin": "1111"}, {"pin": "2222"}]
    await keep(office, {"pin": "3333"}, "second")
    assert await opened(office, second) == {"pin": "2222"}, "the same message, repeated"


async def test_after_a_rotation_earlier_secrets_are_opened_with_the_earlier_key(office: SampleOrder) -> None:
    kept = await keep(office, ANSWERS)
    assert await opened(office, kept, keyring=Keyring(NEW | OLD)) == ANSWERS
    with pytest.raises(KeyError):
        await opened(office, kept, keyring=Keyring(NEW))


@pytest.mark.parametrize("status", [status for status in Status if status.final])
async def test_the_event_that_ends_the_order_deletes_its_secrets(office: SampleOrder, status: Status) -> None:
    kept = await keep(office, ANSWERS)
    await end(office, status)
    assert await stored(office) == []
    assert await opened(office, kept) == {"plan": "P1"}


async def test_no_other_event_deletes_them(office: SampleOrder) -> None:
    await keep(office, ANSWERS)
    await end(office, Status.FAILED)
    assert len(await stored(office)) == 1


async def test_nothing_is_kept_for_an_order_that_has_ended(office: SampleOrder) -> None:
    await end(office, Status.COMPLETED)
    assert await keep(office, ANSWERS) == {"plan": "P1", "pin": "action-1"}
    assert await stored(office) == []


async def test_a_new_order_is_inserted_with_its_secrets_sealed(office: SampleOrder) -> None:
    async with office.database.transaction() as session:
        row, items = (
            await order_rows.row_of(session, office.order.ref),
            await order_rows.items_of(session, office.order.ref),
        )
    order = OrderRow(**row.model_dump() | {"id": new_id(), "answers": {"passcode": "a b"}})
    first, second = (
        type(items[0])(**items[0].model_dump() | {"id": new_id(), "order_id": order.id, "answers": answers})
        for answers in ({"pin": "1111", "passcode": "a b"}, {"passcode": "a b", "pin": "2222"})
    )
    async with office.database.transaction() as session:
        await order_rows.insert_order(session, KEYRING, order, [first, second])
    assert order.answers == {"passcode": order.id}
    assert [first.answers, second.answers] == [
        {"pin": first.id, "passcode": order.id},
        {"passcode": order.id, "pin": second.id},
    ]
    ref = OrderRef(tenant=order.tenant, id=order.id)
    assert await opened(office, second.answers, ref=ref) == {"passcode": "a b", "pin": "2222"}
    assert len(await stored(office)) == 3, "the answer for the whole order is stored once"


def test_an_answer_without_its_secrets_says_that_there_is_one() -> None:
    assert questions.mask_secret_answers(ANSWERS | {"no_question": 1}) == {"plan": "P1", "pin": "•••", "no_question": 1}
