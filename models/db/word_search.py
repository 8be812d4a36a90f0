"""What is searched by words or numbers is found first, by their indexes, and read then.

A list that compared each of its rows with the words would read all of a large company for a few of them.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    TEXT,
    ColumnElement,
    Select,
    and_,
    any_,
    false,
    func,
    literal,
    literal_column,
    or_,
    true,
    union_all,
)
from sqlmodel import col, select

from models.db.session import Session
from models.search_query import ANYTHING, SearchQuery

# What more rows have is not found first: a list soon meets it in its own sequence.
MANY = 500


def contains(table: Any, word: str) -> ColumnElement[bool]:
    """The word, in any case, accents and punctuation, occurs in what rows of the table are found by.

    A word of one or two characters only where a word begins: the index has nothing shorter.
    """
    found: ColumnElement[bool] = col(table.search).contains(func.search_key(word))
    return found


async def find_words(session: Session, tenant: str, words: Collection[str], *tables: Any) -> list[list[str]]:
    """The ids of the rows that all words find, for each table; of some of them if there are more than MANY."""
    found: list[list[str]] = [[] for _ in tables]
    rows: list[Any] = [
        select(literal_column(str(number)), table.id)
        .where(col(table.tenant) == tenant, *(contains(table, word) for word in words))
        .limit(MANY + 1)
        for number, table in enumerate(tables)
    ]
    for number, row_id in await session.all(union_all(*rows)):  # type: ignore[call-overload] # no single SELECT
        found[number].append(row_id)
    return found


def has_words(table: Any, words: Collection[str], found: Sequence[str] | None = None) -> ColumnElement[bool]:
    """Each of the words occurs in what the row is found by; true without words. `found` is what `find_words` found."""
    if found is None or len(found) > MANY:
        return and_(true(), *(func.strpos(col(table.search), func.search_key(word)) > 0 for word in words))
    return col(table.id) == any_(literal(found, ARRAY(TEXT)))


def is_one_of(table: Any, *found: Select[Any]) -> ColumnElement[bool]:
    """The id of the row is one that these statements select."""
    return col(table.id) == any_(func.array(union_all(*found).scalar_subquery()))


class Found(NamedTuple):
    """A clause for the rows that a search finds; `few`: they are read first, and not the list in its own sequence."""

    clause: ColumnElement[bool]
    few: bool


async def found_by(
    session: Session, table: Any, tenant: str, search: SearchQuery, found: Sequence[str] | None, *exactly: Select[Any]
) -> Found:
    """The rows of the tenant that all words of the search find, or whose ids `exactly` selects.

    `found` is what `find_words` has found, if it was called before.
    """
    if search == ANYTHING:
        return Found(true(), few=False)
    if search.words and found is None:
        (found,) = await find_words(session, tenant, search.words, table)
    by_words = has_words(table, search.words, found) if search.words else false()
    few = not search.words or len(found or ()) <= MANY
    return Found(or_(by_words, is_one_of(table, *exactly)) if exactly else by_words, few=few)
