"""The people involved in an order."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ARRAY, TEXT, any_, func
from sqlmodel import col, or_, select

from models.db.clauses import has_role
from models.db.hierarchy import people_above
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sites import sites
from models.db.statement import Statement, param
from models.errors import NotFound
from models.facts import NO_ONE, HolderDetails, Person, Role, Site
from models.holder import Holder, for_whom
from models.order import OrderRequest

_chain = people_above(param("tenant"), col(PersonRow.id) == any_(param("ids", ARRAY(TEXT))))
_INVOLVED = Statement[tuple[PersonRow, int | None, str | None]](
    select(PersonRow, _chain.c.height, _chain.c.below)
    .outerjoin(_chain, col(PersonRow.id) == _chain.c.id)
    .where(
        col(PersonRow.tenant) == param("tenant"),
        # As an array, the chain is read once: an index finds each of its people, also inside an OR.
        or_(
            col(PersonRow.id) == any_(func.array(select(_chain.c.id).scalar_subquery())),
            col(PersonRow.id) == param("requester_id"),
            has_role(Role.ADMIN),
        ),
    )
    .order_by(_chain.c.height.nulls_last(), col(PersonRow.name), col(PersonRow.id)),
    PersonRow,
    None,
    None,
)


@dataclass(frozen=True, kw_only=True)
class Involved:
    """`sites` are by id, and `chains` maps a person's id to the ids of their managers, nearest first."""

    requester: Person
    for_whom: Holder
    everybody: Mapping[str, Person]
    sites: Mapping[str, Site]
    chains: Mapping[str, Collection[str]]

    def details_of(self, holder: Holder) -> HolderDetails:
        """Raises NotFound for a person or site that this tenant does not have."""
        known: Mapping[str, HolderDetails] = self.sites if holder.site_id else self.everybody
        if holder.id is None:
            return NO_ONE
        if holder.id not in known:
            field = "beneficiary_site_id" if holder.site_id else "beneficiary_id"
            raise NotFound(f'No match for "{holder.id[:26]}".', field=field)
        return known[holder.id]

    def above(self, person: Person | None) -> tuple[Person, ...]:
        """A person's managers, nearest first, without the person: a chain of managers can be a cycle."""
        chain = self.chains.get(person.id, ()) if person else ()
        return tuple(self.everybody[one] for one in chain if person and one != person.id)

    @property
    def admins(self) -> tuple[Person, ...]:
        return tuple(one for one in self.everybody.values() if one.active and Role.ADMIN in one.roles)


async def load(session: Session, request: OrderRequest, holders: Collection[Holder]) -> Involved:
    """Everyone involved, in one query: requester, beneficiary, holders, contacts of sites, their managers, the admins.

    `holders` are those of the lines or devices that the request names.
    Another query reads the sites, if there are any.
    """
    beneficiary = request.beneficiary or _for_whom(request, holders)
    site_ids = {one.site_id for one in (beneficiary, *holders) if one.site_id}
    found_sites = await sites.with_contacts(session, request.tenant, site_ids)
    contacts = {row.id: contact_id for row, contact_id in found_sites}
    represented_by = beneficiary.person_id or contacts.get(beneficiary.id or "") or request.requester_id
    involved = {represented_by, *(one.person_id for one in holders), *contacts.values()}
    rows = await session.all(
        _INVOLVED,
        tenant=request.tenant,
        requester_id=request.requester_id,
        ids=[person_id for person_id in involved if person_id],
    )
    everybody = {row.id: lookup.person(row) for row, _, _ in rows}
    chains: dict[str, dict[str, None]] = {}
    for row, height, below in rows:
        if height and below:
            chains.setdefault(below, {})[row.id] = None
    return Involved(
        requester=_requester(everybody, request),
        for_whom=beneficiary,
        everybody=everybody,
        sites={row.id: sites.site(row, everybody.get(contact_id or "")) for row, contact_id in found_sites},
        chains=chains,
    )


def _for_whom(request: OrderRequest, holders: Collection[Holder]) -> Holder:
    if request.type.changes_hands:
        return Holder.of(person_id=request.requester_id)
    return for_whom(holders, request.requester_id)


def _requester(everybody: Mapping[str, Person], request: OrderRequest) -> Person:
    if request.requester_id not in everybody:
        raise NotFound(f'No match for "{request.requester_id[:26]}".', field="requester_id")
    return everybody[request.requester_id]
