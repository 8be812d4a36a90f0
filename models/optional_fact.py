"""A fact that is loaded only for orders that need it; `models/optional_facts/` has the values."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from models.facts import Facts

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class OptionalFact(Generic[T]):
    """A loader of `models/db/facts/` loads it for an order type with a check that needs it."""

    code: str
    empty: T

    def of(self, facts: Facts) -> T:
        """The fact, or the empty value if it is not among these facts."""
        found: T = facts.optional.get(self.code, self.empty)
        return found
