"""Orders that have not been sent: saved as they are filled in, and discarded. `tenants.house` finds them again."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from models.db.orders.tables import DraftRow
from models.db.session import Session, new_id
from models.facts import Person

KEPT_FOR = timedelta(days=30)


async def save(session: Session, person: Person, type_code: str, document: dict[str, Any], at: datetime) -> DraftRow:
    """Keep what a person has filled in for this type, in place of what was kept before; old drafts go."""
    await session.exec(delete(DraftRow).where(*_of(person), col(DraftRow.updated_at) < at - KEPT_FOR))
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
    found: DraftRow = (await session.exec(saved)).scalars().one()
    return found


async def discard(session: Session, person: Person, type_code: str) -> bool:
    """Forget the order of this type that the person has begun; False when there was none."""
    gone = await session.exec(delete(DraftRow).where(*_of(person), col(DraftRow.type_code) == type_code))
    return bool(gone.rowcount)


async def sent(session: Session, person: Person, draft_id: str) -> None:
    """The draft has become an order and is one no more."""
    await session.exec(delete(DraftRow).where(*_of(person), col(DraftRow.id) == draft_id))


def _of(person: Person) -> tuple[Any, ...]:
    return col(DraftRow.tenant) == person.tenant, col(DraftRow.person_id) == person.id
