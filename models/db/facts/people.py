"""The people involved in an order."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlmodel import col, or_, select

from models.db.clauses import has_role
from models.db.hierarchy import people_above
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.errors import NotFound
from models.facts import NamedLine, Person, Role, for_whom
from models.order import OrderRequest


@dataclass(frozen=True, kw_only=True)
class Involved:
    """`chains` maps a person's id to the ids of their managers, nearest first."""

    requester: Person
    beneficiary: Person
    everybody: Mapping[str, Person]
    chains: Mapping[str, Collection[str]]

    def above(self, person_id: str) -> tuple[Person, ...]:
        """A person's managers, nearest first, without the person: a chain of managers can be a cycle."""
        return tuple(self.everybody[one] for one in self.chains.get(person_id, ()) if one != person_id)

    @property
    def admins(self) -> tuple[Person, ...]:
        return tuple(one for one in self.everybody.values() if one.active and Role.ADMIN in one.roles)


async def load(session: Session, request: OrderRequest, lines: Collection[NamedLine]) -> Involved:
    """Everyone involved, in one query: requester, beneficiary, holders, their managers, the admins."""
    holders = [one.line.person_id for one in lines]
    beneficiary_id = request.beneficiary_id or _for_whom(request, holders)
    chain = people_above(request.tenant, {beneficiary_id, *(one for one in holders if one)})
    found = await session.exec(
        select(PersonRow, chain.c.height, chain.c.below)
        .outerjoin(chain, col(PersonRow.id) == chain.c.id)
        .where(
            col(PersonRow.tenant) == request.tenant,
            or_(chain.c.id.is_not(None), col(PersonRow.id) == request.requester_id, has_role(Role.ADMIN)),
        )
        .order_by(chain.c.height.nulls_last(), col(PersonRow.name), col(PersonRow.id))
    )
    rows = found.all()
    everybody = {row.id: lookup.person(row) for row, _, _ in rows}
    chains: dict[str, dict[str, None]] = {}
    for row, height, below in rows:
        if height:
            chains.setdefault(below, {})[row.id] = None
    return Involved(
        requester=_one(everybody, request.requester_id, "requester_id"),
        beneficiary=_one(everybody, beneficiary_id, "beneficiary_id"),
        everybody=everybody,
        chains=chains,
    )


def _for_whom(request: OrderRequest, holder_ids: Collection[str | None]) -> str:
    return request.requester_id if request.type.changes_hands else for_whom(holder_ids, request.requester_id)


def _one(everybody: Mapping[str, Person], person_id: str, field: str) -> Person:
    if person_id not in everybody:
        raise NotFound(f'No match for "{person_id[:26]}".', field=field)
    return everybody[person_id]
