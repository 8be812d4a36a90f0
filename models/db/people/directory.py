"""People as other people may look them up."""

from collections.abc import Collection
from typing import Any

from sqlmodel import col, or_, select

from models.db import visibility
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.errors import NotFound
from models.facts import Person, Relation


async def find_person(session: Session, asking: Person, person_id: str) -> tuple[Person, frozenset[Relation]]:
    """Somebody of the same tenant, and what they are to the one who asks. Raises NotFound."""
    tied = visibility.of_person(asking)
    # With a second column from the start: sqlmodel would give the first one alone.
    query: Any = select(PersonRow, col(PersonRow.id)).add_columns(*visibility.labeled(tied))
    rows = await session.exec(query.where(col(PersonRow.tenant) == asking.tenant, col(PersonRow.id) == person_id))
    found = rows.first()
    if found is None:
        raise NotFound(f"There is no person {person_id[:26]}.")
    row, _, *flags = found
    return lookup.person(row), visibility.held(tied, flags)


async def list_people(
    session: Session, asking: Person, *, words: str, relations: Collection[Relation] | None, limit: int
) -> list[Person]:
    """People as the rules see them, found as `list_rows` does."""
    rows = await list_rows(session, asking, words=words, relations=relations, limit=limit)
    return [lookup.person(row) for row in rows]


async def list_rows(
    session: Session, asking: Person, *, words: str, relations: Collection[Relation] | None, limit: int
) -> list[PersonRow]:
    """People the one who asks is tied to by one of `relations` (None: all of the tenant), by name.

    Each of `words` must occur in name, mail address or employee number.
    """
    query = select(PersonRow).where(col(PersonRow.tenant) == asking.tenant)
    if relations is not None:
        query = query.where(visibility.any_of(visibility.of_person(asking), relations))
    for word in words.split():
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in _SEARCHED)))
    return list((await session.exec(query.order_by(col(PersonRow.name), col(PersonRow.id)).limit(limit))).all())


_SEARCHED = (col(PersonRow.name), col(PersonRow.email), col(PersonRow.employee_number))
