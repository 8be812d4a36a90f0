"""What a request of the large company may cost, and which requests cost more."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.scale.plans import StatementCost

MAX_BUFFERS, MAX_REMOVED = 2_000, 10_000


@dataclass(frozen=True, kw_only=True)
class RequestCost:
    """`buffers` are the pages of the database that a request read, `removed` the rows it read and threw away."""

    buffers: int
    removed: int

    @classmethod
    def of(cls, path: str, statements: Sequence[StatementCost]) -> "RequestCost":
        """A download sends a statement for each hundred rows, twice as many as a page has: the dearest one counts."""
        buffers, removed = [one.buffers for one in statements], [one.removed for one in statements]
        if ".csv" in path:
            return cls(buffers=max(buffers) // 2, removed=max(removed) // 2)
        return cls(buffers=sum(buffers), removed=sum(removed))
