"""Drafts: one per person and order type, deleted after 30 days. `models.db.tenant_context` reads them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.orders.tables import DRAFT_LIFETIME, DraftRow
from models.db.session import Session, new_id
from models.facts import Person


async def save(session: Session, person: Person, type_code: str, document: dict[str, Any], at: datetime) -> DraftRow:
    """Save a person's draft for this type, replacing the previous one; their expired drafts are deleted."""
    await session.exec(delete(DraftRow).where(_of(person), col(DraftRow.updated_at) < at - DRAFT_LIFETIME))
    row = DraftRow(
        tenant=person.tenant,
        id=new_id(),
        person_id=person.id,
        type_code=type_code,
        document=document,
        created_at=at,
        updated_at=at,
    )
    saved = (
        insert(DraftRow)
        .values(row.model_dump())
        .on_conflict_do_update(
            index_elements=["tenant", "person_id", "type_code"], set_={"document": document, "updated_at": at}
        )
        .returning(DraftRow)
        .execution_options(populate_existing=True)
    )
    draft: DraftRow = (await session.exec(saved)).scalars().one()
    return draft


async def find(session: Session, person: Person, type_code: str, at: datetime) -> DraftRow | None:
    """The person's unexpired draft for this type."""
    return await session.first(
        select(DraftRow).where(
            _of(person), col(DraftRow.type_code) == type_code, col(DraftRow.updated_at) >= at - DRAFT_LIFETIME
        )
    )


async def discard(session: Session, person: Person, type_code: str) -> bool:
    """Delete the person's draft for this type; False if there is none."""
    return bool(await session.affected(delete(DraftRow).where(_of(person), col(DraftRow.type_code) == type_code)))


async def delete_submitted(session: Session, person: Person, draft_id: str) -> None:
    """Delete a draft that was submitted."""
    await session.exec(delete(DraftRow).where(_of(person), col(DraftRow.id) == draft_id))


def _of(person: Person) -> ColumnElement[bool]:
    return (col(DraftRow.tenant) == person.tenant) & (col(DraftRow.person_id) == person.id)
