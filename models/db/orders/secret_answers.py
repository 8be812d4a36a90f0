"""Secret answers: kept sealed and apart from the others, opened for the carrier only, deleted when the order has ended.

All other code has a reference in place of the answer, so workflows, messages and events hold none, not even sealed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select

from models import questions
from models.db.encryption import KeyPurpose, Keyring
from models.db.orders import order_values
from models.db.orders.tables import ItemRow, OrderRow, SecretAnswerRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.order import Order, OrderRef
from models.order_type import FrozenType

_THIS_ORDER = (col(SecretAnswerRow.tenant) == param("tenant"), col(SecretAnswerRow.order_id) == param("order_id"))
_OF_ORDER = Statement[SecretAnswerRow](select(SecretAnswerRow).where(*_THIS_ORDER), SecretAnswerRow)
_ERASE = Statement[None](delete(SecretAnswerRow).where(*_THIS_ORDER))


def seal_order(keyring: Keyring, row: OrderRow, items: Iterable[ItemRow]) -> list[SecretAnswerRow]:
    """Replace the secrets in the rows of a new order by references; returns the secrets."""
    ref = OrderRef(tenant=row.tenant, id=row.id)
    row.answers, secrets = _seal(keyring, ref, row.answers, row.id)
    for item in items:
        own = {code: answer for code, answer in item.answers.items() if code not in row.answers}
        own, own_secrets = _seal(keyring, ref, own, item.id)
        item.answers = {code: own[code] if code in own else row.answers[code] for code in item.answers}
        secrets += own_secrets
    return secrets


async def insert(session: Session, secrets: Iterable[SecretAnswerRow]) -> None:
    """Insert secrets; what is stored under the same reference stays."""
    for row in secrets:
        await session.insert_once(row)


async def keep(
    session: Session, keyring: Keyring, ref: OrderRef, answers: Mapping[str, Any], reference: str
) -> dict[str, Any]:
    """Store the secrets among answers to a submitted order; returns the answers with this reference in their place.

    Nothing is stored for an order that has ended: it would never be deleted.
    """
    sealed, secrets = _seal(keyring, ref, answers, reference)
    if secrets and await _is_open(session, ref):
        await insert(session, secrets)
    return sealed


async def opened(
    session: Session, keyring: Keyring, ref: OrderRef, all_answers: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """These answers as the carrier gets them: the secrets in clear, without those that are deleted."""
    secrets: dict[tuple[str, str], str] = {}
    if any(questions.is_secret(code) for answers in all_answers for code in answers):
        rows = await session.all(_OF_ORDER, tenant=ref.tenant, order_id=ref.id)
        secrets = {(row.question, row.reference): open_answer(keyring, row) for row in rows}
    return [
        {
            code: secrets[code, answer] if questions.is_secret(code) else answer
            for code, answer in answers.items()
            if not questions.is_secret(code) or (code, answer) in secrets
        }
        for answers in all_answers
    ]


async def all_opened(session: Session, keyring: Keyring, row: OrderRow) -> list[str]:
    """Every secret of an order that has not ended, in clear: to find it in what the carrier says."""
    if not asked_by(order_values.type_of(row)):
        return []
    secrets = await session.all(_OF_ORDER, tenant=row.tenant, order_id=row.id)
    return [open_answer(keyring, secret) for secret in secrets]


def asked_by(kind: FrozenType) -> bool:
    """Whether orders of this type have secrets."""
    return any(map(questions.is_secret, kind.codes))


def open_answer(keyring: Keyring, row: SecretAnswerRow) -> str:
    """The secret in clear. Raises as `Keyring.open` does."""
    return keyring.open(row.sealed, KeyPurpose.SECRET_ANSWERS, bound_to=_bound_to(row)).decode()


async def erase(session: Session, order: Order) -> None:
    """Delete the secrets of an order whose type asks for one."""
    if asked_by(order.type):
        await session.affected(_ERASE, tenant=order.tenant, order_id=order.id)


def _seal(
    keyring: Keyring, ref: OrderRef, answers: Mapping[str, Any], reference: str
) -> tuple[dict[str, Any], list[SecretAnswerRow]]:
    """The answers with the reference in place of each secret, and the secrets."""
    secrets = [
        SecretAnswerRow(tenant=ref.tenant, order_id=ref.id, question=code, reference=reference, sealed=b"")
        for code in answers
        if questions.is_secret(code)
    ]
    for row in secrets:
        answer: str = answers[row.question]
        row.sealed = keyring.seal(answer.encode(), KeyPurpose.SECRET_ANSWERS, bound_to=_bound_to(row))
    return {**answers, **{row.question: row.reference for row in secrets}}, secrets


def _bound_to(row: SecretAnswerRow) -> str:
    return f"{row.tenant}:{row.order_id}:{row.question}:{row.reference}"


async def _is_open(session: Session, ref: OrderRef) -> bool:
    """Whether the order is in progress; it can't end before the transaction does."""
    query = select(col(OrderRow.closed_at)).where(col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id)
    return await session.scalar(query.with_for_update(key_share=True)) is None
