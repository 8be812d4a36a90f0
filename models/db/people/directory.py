"""People as other people can find them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, union_all
from sqlmodel import col, select

from models.db import visibility
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.reach import seen_people
from models.db.session import Session
from models.db.statement import Statement, param
from models.db.word_search import contains, find_words, has_words
from models.errors import NotFound
from models.facts import Person, Relation

_RELATIONS = visibility.person_relations(visibility.ANYONE)
_FOUND: Any = (
    select(PersonRow)
    .add_columns(*visibility.labeled(_RELATIONS))
    .where(col(PersonRow.tenant) == param("tenant"), col(PersonRow.id) == param("id"))
)
_PERSON = Statement[Any](_FOUND, PersonRow, *(None for _ in _RELATIONS))


async def find_person(session: Session, asking: Person, person_id: str) -> tuple[Person, frozenset[Relation]]:
    """A person of the same tenant, and the relations of `asking` to them. Raises NotFound."""
    found = await session.first(_PERSON, id=person_id, **visibility.values_of_viewer(asking))
    if found is None:
        raise NotFound
    row, *flags = found
    return lookup.person(row), visibility.relations_of(_RELATIONS, flags)


async def sees_another(
    session: Session, asking: Person, person_id: str | None, *, relations: Collection[Relation] | None
) -> bool:
    """Whether `asking` has one of these relations (None: any) to an active person other than this one."""
    others = select(col(PersonRow.id)).where(
        col(PersonRow.tenant) == asking.tenant, col(PersonRow.active), col(PersonRow.id).is_distinct_from(person_id)
    )
    if relations is None:
        return await session.first(others.limit(1)) is not None
    # One by one, since no index finds people by several relations at once.
    related = [
        others.where(one) for relation, one in visibility.person_relations(asking).items() if relation in relations
    ]
    found: Any = union_all(*related).limit(1)
    return bool(related) and await session.first(found) is not None


async def list_people(
    session: Session,
    asking: Person,
    *,
    words: Collection[str],
    relations: Collection[Relation] | None,
    limit: int,
    found: Sequence[str] | None = None,
) -> list[Person]:
    """The people that `list_rows` finds."""
    rows = await list_rows(session, asking, words=words, relations=relations, limit=limit, found=found)
    return [lookup.person(row) for row in rows]


async def named(
    session: Session, asking: Person, text: str, *, relations: Collection[Relation] | None, limit: int
) -> list[Person]:
    """The people of `list_rows` with exactly this email address, or this name in whatever case and accents."""
    clauses = {} if relations is None else visibility.person_relations(asking)
    is_named = func.search_form(col(PersonRow.name)) == func.search_form(text)
    has_address = func.lower(PersonRow.email) == text.lower()
    rows = await session.all(
        select(PersonRow)
        .where(
            col(PersonRow.tenant) == asking.tenant,
            visibility.visible(clauses, relations),
            contains(PersonRow, text),
            is_named | has_address,
        )
        .limit(limit)
    )
    return [lookup.person(row) for row in rows]


async def list_rows(
    session: Session,
    asking: Person,
    *,
    words: Collection[str],
    relations: Collection[Relation] | None,
    limit: int,
    found: Sequence[str] | None = None,
) -> list[PersonRow]:
    """People to whom `asking` has one of these relations (None: all of the tenant), by name.

    Each of `words` must occur in the name, email address or employee number. `found` is what `find_words` has found for
    them, if that was asked before.
    """
    if words and found is None:
        (found,) = await find_words(session, asking.tenant, words, PersonRow)
    return await session.all(
        select(PersonRow)
        .where(
            col(PersonRow.tenant) == asking.tenant,
            await seen_people(session, asking, relations),
            has_words(PersonRow, words, found),
        )
        .order_by(col(PersonRow.name), col(PersonRow.id))
        .limit(limit)
    )
