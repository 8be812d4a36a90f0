from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from models.optional_fact import OptionalFact


@dataclass(frozen=True, kw_only=True)
class PlanChanges:
    """How often the carrier changes the plan of a line, and when it was changed (aware), in the past month at least.

    `a_month` (a calendar month) is None if there is no limit. A billing cycle starts on `cycle_day`.
    """

    cycle_day: int
    a_month: int | None
    one_a_cycle: bool
    changed_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlanInUse:
    """A plan that `lines` of a billing account have and keep.

    They are a pool of at least `pool_minimum` lines, or use the data of the line whose plan has the SKU
    `shared_primary`.
    """

    name: str
    lines: int
    pool_minimum: int | None = None
    shared_primary: str | None = None


# By the id of the line; lines whose billing account has no limit are left out.
PLAN_CHANGES: OptionalFact[Mapping[str, PlanChanges]] = OptionalFact(code="plan_changes", empty=MappingProxyType({}))
# By the carrier and number of the billing account, and by SKU. Lines that an earlier order moves to another plan don't
# count, but for those that this order names. Of the plans that no line of this order has, only those that are shared.
PLANS_IN_USE: OptionalFact[Mapping[tuple[str, str], Mapping[str, PlanInUse]]] = OptionalFact(
    code="plans_in_use", empty=MappingProxyType({})
)
