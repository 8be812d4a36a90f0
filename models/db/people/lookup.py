"""People by id, role or what they own."""

from collections.abc import Collection

from sqlalchemy import ARRAY, TEXT, any_, func, or_
from sqlmodel import col, select

from models.db.accounts.tables import AccountRow
from models.db.clauses import has_role
from models.db.hierarchy import accounts_above_each, owns
from models.db.people.tables import PersonRow, TenantRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.facts import Person, Role

_OF_TENANT = select(PersonRow).where(col(PersonRow.tenant) == param("tenant"))
_BY_IDS = Statement[PersonRow](_OF_TENANT.where(col(PersonRow.id) == any_(param("ids", ARRAY(TEXT)))), PersonRow)
_above = accounts_above_each(param("tenant"), col(AccountRow.id) == any_(param("ids", ARRAY(TEXT))))
_OWNERS = Statement[tuple[str, PersonRow]](
    select(_above.c.below, PersonRow)
    .join(PersonRow, owns(_above.c.id))
    .where(col(PersonRow.tenant) == param("tenant"), col(PersonRow.active))
    .order_by(_above.c.below, col(PersonRow.name)),
    None,
    PersonRow,
)


def person(row: PersonRow) -> Person:
    return Person(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        email=row.email,
        active=row.active,
        roles=frozenset(Role(role) for role in row.roles),
        manager_id=row.manager_id,
        account_id=row.account_id,
        cost_center=row.cost_center,
        owns=frozenset(row.owns),
        groups=frozenset(row.groups),
        phone=row.phone,
        address=row.address,
        starts_on=row.starts_on,
    )


async def is_tenant(session: Session, tenant: str) -> bool:
    return await session.get(TenantRow, tenant) is not None


async def by_id(session: Session, tenant: str, person_id: str) -> Person | None:
    """The person with this id, active or not."""
    row = await row_by_id(session, tenant, person_id)
    return person(row) if row else None


async def by_ids(session: Session, tenant: str, ids: Collection[str]) -> dict[str, Person]:
    """These people by id, without those that do not exist."""
    return {key: person(row) for key, row in (await rows_by_id(session, tenant, ids)).items()}


async def row_by_id(session: Session, tenant: str, person_id: str) -> PersonRow | None:
    return await session.get(PersonRow, (tenant, person_id))


async def row_of(session: Session, tenant: str, person_id: str) -> PersonRow:
    """The row of a person who exists."""
    return await session.get_one(PersonRow, (tenant, person_id))


async def rows_by_id(session: Session, tenant: str, ids: Collection[str]) -> dict[str, PersonRow]:
    """The rows of these people by id, without those that do not exist."""
    return {row.id: row for row in await session.all(_BY_IDS, tenant=tenant, ids=[*ids])}


async def reports_to(session: Session, tenant: str, person_id: str) -> list[PersonRow]:
    """The active people whose manager this person is, by name."""
    reports = (col(PersonRow.tenant) == tenant, col(PersonRow.active), col(PersonRow.manager_id) == person_id)
    return await session.all(select(PersonRow).where(*reports).order_by(col(PersonRow.name), col(PersonRow.id)))


async def add(session: Session, row: PersonRow) -> None:
    await session.insert(row)


async def with_role(session: Session, tenant: str, role: Role) -> list[PersonRow]:
    """The active people with a role, by name."""
    active = (col(PersonRow.tenant) == tenant, col(PersonRow.active))
    return await session.all(select(PersonRow).where(*active, has_role(role)).order_by(col(PersonRow.name)))


async def account_owners(session: Session, tenant: str, account_id: str) -> list[Person]:
    """The active owners of an account, or of one above it, by name."""
    return (await owners_of_accounts(session, tenant, [account_id])).get(account_id, [])


async def owners_of_accounts(session: Session, tenant: str, account_ids: Collection[str]) -> dict[str, list[Person]]:
    """The active owners of each account, or of one above it, by name; without accounts that nobody owns."""
    found: dict[str, dict[str, Person]] = {}
    for account_id, row in await session.all(_OWNERS, tenant=tenant, ids=[*account_ids]):
        found.setdefault(account_id, {})[row.id] = person(row)
    return {account_id: [*owners.values()] for account_id, owners in found.items()}


async def email_exists(session: Session, tenant: str, email: str) -> bool:
    """Whether a person of the tenant has this email address."""
    known = select(PersonRow.id).where(col(PersonRow.tenant) == tenant, func.lower(PersonRow.email) == email.lower())
    return await session.first(known) is not None


async def with_number(session: Session, tenant: str, number: str) -> PersonRow | None:
    """The person with this employee number, active or not."""
    has_number = (col(PersonRow.tenant) == tenant, col(PersonRow.employee_number) == number)
    return await session.first(select(PersonRow).where(*has_number))


async def with_numbers(session: Session, tenant: str, numbers: Collection[str]) -> dict[str, PersonRow]:
    """The people with these employee numbers, active or not, by number."""
    have_number = col(PersonRow.tenant) == tenant, col(PersonRow.employee_number).in_(numbers)
    return {row.employee_number: row for row in await session.all(select(PersonRow).where(*have_number))}


async def active_rows_by_id(session: Session, tenant: str, ids: Collection[str]) -> dict[str, PersonRow]:
    return {key: row for key, row in (await rows_by_id(session, tenant, ids)).items() if row.active}


async def ids_with_role(session: Session, tenant: str, *roles: Role) -> list[str]:
    """The ids of the tenant's people with one of these roles, active or not."""
    return await session.all(
        select(PersonRow.id)
        .where(col(PersonRow.tenant) == tenant, or_(*map(has_role, roles)))
        .order_by(col(PersonRow.id))
    )
