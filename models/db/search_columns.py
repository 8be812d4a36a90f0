"""The columns in which words are searched. The database fills them: with a space before every word, as they are folded.

`word_search` has the clauses.
"""

from typing import Any

from sqlalchemy import Column, Computed, FetchedValue, Index, text
from sqlalchemy.dialects.postgresql import TEXT
from sqlmodel import Field


def computed_search(expression: str) -> Any:
    """The field `search` of a row that is found by its own columns."""
    computed = Computed(f"' ' || search_form({expression})")
    return Field(default=None, exclude=True, sa_column=Column(TEXT, computed, nullable=False))


def stored_search() -> Any:
    """The field `search` of a row that is also found by words of other rows, such as the name of its holder."""
    return Field(default=None, exclude=True, sa_column=Column(TEXT, FetchedValue(), nullable=False))


def search_index(table: str) -> Index:
    return Index(
        f"{table}_search", "tenant", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}
    )


def number_indexes(table: str, *columns: str) -> list[Index]:
    """For numbers that a row is found by as a whole, also after its end."""
    return [
        Index(f"{table}_with_{column}", "tenant", column, postgresql_where=text(f"{column} IS NOT NULL"))
        for column in columns
    ]
