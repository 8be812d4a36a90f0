"""Attestations: written with their order, asked for once it is approved, and given by the person whose they are."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ARRAY, TEXT, ColumnElement, any_
from sqlmodel import col, func, or_, select

from models.attestation import ACCEPTED_ON_PAPER, ASK_AGAIN, Acceptance, AttestationChannel, AttestationState
from models.db.attestations.tables import AttestationRow, ConsentTextRow
from models.db.clauses import belongs_to_order, belongs_to_person, matches
from models.db.orders.tables import EventRow, OrderRow
from models.db.people.tables import PersonRow
from models.db.row_sets import documents, inserting
from models.db.session import Session
from models.db.statement import Statement, param
from models.events.approval import APPROVED
from models.lifecycle import CAME_TO_NOTHING
from models.order import OrderEvent, OrderRef

_OPEN = (AttestationState.WAITING, AttestationState.ASKED)

_newest = (
    select(func.max(ConsentTextRow.version))
    .where(matches(ConsentTextRow.question, AttestationRow.question))
    .correlate(AttestationRow)
    .scalar_subquery()
)
_ADD = Statement[None](inserting(AttestationRow))
_OF_ORDERS = Statement[tuple[AttestationRow, str]](
    select(AttestationRow, col(PersonRow.name))
    .join(PersonRow, matches(PersonRow.id, AttestationRow.person_id))
    .where(
        col(AttestationRow.tenant) == param("tenant"),
        col(AttestationRow.order_id) == any_(param("order_ids", ARRAY(TEXT))),
        col(AttestationRow.state) != AttestationState.DROPPED,
    )
    .order_by(col(AttestationRow.order_id), col(AttestationRow.question)),
    AttestationRow,
    None,
)
_ACCEPTED = Statement[AttestationRow](
    select(AttestationRow)
    .where(
        col(AttestationRow.tenant) == param("tenant"),
        col(AttestationRow.person_id) == param("person_id"),
        col(AttestationRow.question) == any_(param("questions", ARRAY(TEXT))),
        col(AttestationRow.version) == _newest,
        col(AttestationRow.state) == AttestationState.GIVEN,
    )
    .order_by(col(AttestationRow.given_at).desc()),
    AttestationRow,
)


class OfOrder(NamedTuple):
    """An attestation with its order's number and title."""

    row: AttestationRow
    number: str
    title: str


class OfPerson(NamedTuple):
    """An attestation with the name of the person whose it is."""

    row: AttestationRow
    name: str


async def add(session: Session, rows: Sequence[AttestationRow]) -> None:
    if rows:
        await session.affected(_ADD, rows=documents(rows))


async def asked_of(session: Session, tenant: str, person_id: str) -> list[OfOrder]:
    """What a person is asked to agree to, the oldest first."""
    query = (
        select(AttestationRow, col(OrderRow.number), col(OrderRow.title))
        .join(OrderRow, matches(OrderRow.id, AttestationRow.order_id))
        .where(
            belongs_to_person(AttestationRow, tenant, person_id),
            col(AttestationRow.state) == AttestationState.ASKED,
        )
        .order_by(col(AttestationRow.asked_at), col(AttestationRow.order_id))
    )
    return [OfOrder(*columns) for columns in await session.all(query)]


async def of_orders(session: Session, tenant: str, order_ids: Collection[str]) -> list[OfPerson]:
    """The attestations of these orders that are given or needed."""
    rows = await session.all(_OF_ORDERS, tenant=tenant, order_ids=[*order_ids]) if order_ids else []
    return [OfPerson(*columns) for columns in rows]


async def given(session: Session, tenant: str, person_id: str, question: str, version: int) -> AttestationRow | None:
    """The first time that a person agreed to this version."""
    query = (
        select(AttestationRow)
        .where(
            belongs_to_person(AttestationRow, tenant, person_id),
            col(AttestationRow.question) == question,
            col(AttestationRow.version) == version,
            col(AttestationRow.state) == AttestationState.GIVEN,
        )
        .order_by(col(AttestationRow.given_at))
        .limit(1)
    )
    return await session.first(query)


async def accepted_by(
    session: Session, tenant: str, person_id: str, questions: Collection[str]
) -> dict[str, Acceptance]:
    """How a person first accepted the newest text of these questions; without those that they haven't accepted."""
    rows = await session.all(_ACCEPTED, tenant=tenant, person_id=person_id, questions=[*questions])
    return {row.question: _acceptance(row) for row in rows}


def _acceptance(row: AttestationRow) -> Acceptance:
    assert row.version
    assert row.given_at
    assert row.given_by
    return Acceptance(
        version=row.version,
        at=row.given_at,
        channel=AttestationChannel(str(row.channel)),
        by=row.given_by,
        note=row.note,
    )


async def due(session: Session, at: datetime, limit: int) -> list[AttestationRow]:
    """The attestations with something to do: ask, remind, open a task, or drop them."""
    approved = (
        select(EventRow.seq)
        .where(matches(EventRow.order_id, OrderRow.id), col(EventRow.event) == APPROVED.code)
        .correlate(OrderRow)
        .exists()
    )
    waits, is_asked = (col(AttestationRow.state) == state for state in _OPEN)
    query = (
        select(AttestationRow)
        .join(OrderRow, matches(OrderRow.id, AttestationRow.order_id))
        .join(PersonRow, matches(PersonRow.id, AttestationRow.person_id))
        .where(
            col(AttestationRow.state).in_(_OPEN),
            or_(_is_moot(), waits & approved, is_asked & (col(AttestationRow.next_at) <= at)),
        )
        .order_by(col(AttestationRow.order_id), col(AttestationRow.question))
        .limit(limit)
    )
    return await session.all(query)


async def lock(session: Session, row: AttestationRow) -> tuple[AttestationRow, str, bool]:
    """The row, refreshed and locked, the name of its person, and whether nobody needs it anymore.

    The caller has locked the order.
    """
    query = (
        select(AttestationRow, col(PersonRow.name), _is_moot())
        .join(OrderRow, matches(OrderRow.id, AttestationRow.order_id))
        .join(PersonRow, matches(PersonRow.id, AttestationRow.person_id))
        .where(
            belongs_to_order(AttestationRow, OrderRef(tenant=row.tenant, id=row.order_id)),
            col(AttestationRow.question) == row.question,
        )
        .with_for_update(of=AttestationRow)
        .execution_options(populate_existing=True)
    )
    return (await session.exec(query)).one()


def give(row: AttestationRow, *, at: datetime, channel: AttestationChannel, by: str, note: str | None = None) -> None:
    """Stored with the transaction."""
    row.state, row.given_at, row.channel, row.given_by, row.note = AttestationState.GIVEN, at, channel, by, note
    row.next_at = row.task = None


def give_again(row: AttestationRow, before: Acceptance) -> None:
    """What the person accepted for another order counts for this one, too. Stored with the transaction."""
    row.version = before.version
    give(row, at=before.at, channel=before.channel, by=before.by, note=before.note)


async def settle(session: Session, ref: OrderRef, event: OrderEvent) -> None:
    """Follow what an account owner has chosen on a task about a missing attestation."""
    data = dict(event.data)
    if data.get("choice") not in {ASK_AGAIN, ACCEPTED_ON_PAPER}:
        return
    query = select(AttestationRow).where(
        belongs_to_order(AttestationRow, ref),
        col(AttestationRow.task) == data["task"],
        col(AttestationRow.state) == AttestationState.ASKED,
    )
    row = await session.first(query)
    if row is None:
        return
    row.task = None
    if data["choice"] == ASK_AGAIN:
        row.state, row.asked_at, row.next_at, row.reminders = AttestationState.WAITING, None, None, 0
    else:
        channel = AttestationChannel.PAPER
        give(row, at=event.at, channel=channel, by=event.actor.id, note=data.get("evidence"))


def _is_moot() -> ColumnElement[bool]:
    """The order came to nothing, or the person has left; of an OrderRow and a PersonRow."""
    return col(OrderRow.status).in_(CAME_TO_NOTHING) | ~col(PersonRow.active)
