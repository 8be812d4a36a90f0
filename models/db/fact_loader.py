"""A loader of an optional fact. Its values are in `models/db/facts/`."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from models import registry
from models.db.session import Session
from models.facts import NamedLine
from models.optional_fact import OptionalFact
from models.order import OrderRequest

T = TypeVar("T")
Load = Callable[[Session, OrderRequest, Collection[NamedLine], datetime], Awaitable[T]]


@dataclass(frozen=True, kw_only=True)
class FactLoader(Generic[T]):
    """`load` takes a request, the lines it names and the time as of which its facts are loaded."""

    fact: OptionalFact[T]
    load: Load[T]

    @property
    def code(self) -> str:
        return self.fact.code


def loader_of(fact: OptionalFact[T]) -> FactLoader[T]:
    """Raises UnknownWordError for a fact that no module of `models/db/facts/` loads."""
    found: FactLoader[T] = registry.find("models.db.facts", FactLoader, fact.code)
    return found


async def load_needed(
    session: Session,
    request: OrderRequest,
    needs: Iterable[OptionalFact[Any]],
    lines: Collection[NamedLine],
    now: datetime,
) -> dict[str, Any]:
    """The needed facts by code."""
    return {fact.code: await loader_of(fact).load(session, request, lines, now) for fact in needs}
