"""What makes up a sample tenant: everything from which its rows are drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from demo.company.departments import Department, Office
from demo.company.products import Offer
from demo.company.staff import Position
from models.facts import Policy


@dataclass(frozen=True, kw_only=True)
class Charter:
    """One tenant. `number` keeps its ids and identifiers apart from the others'.

    `leads` and `budgets` name, by department, whose staff it is and who owns its cost center. `pools` says by
    department how many lines nobody holds, such as those of vehicles; `stock` how many devices lie in a drawer;
    `area_codes` where its lines are.
    """

    tenant: str
    name: str
    number: int
    departments: tuple[Department, ...]
    offices: Mapping[str, Office]
    positions: tuple[Position, ...]
    leads: Mapping[str, str]
    budgets: Mapping[str, str]
    catalog: tuple[Offer, ...]
    policy: Policy
    area_codes: tuple[str, ...]
    pools: Mapping[str, int] = field(default_factory=dict)
    stock: int = 0

    @property
    def domain(self) -> str:
        """Where its mail goes."""
        return f"{self.tenant}.example.com"
